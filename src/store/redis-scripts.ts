import { hash } from 'node:crypto';

/**
 * What runs inside Redis. A document is one string: `<version>\n<bytes>`. Redis does not roll back a script that fails
 * half way, so every check comes before the first write.
 */
export interface RedisScript {
  readonly source: string;
  readonly sha: string;
}

function script(source: string): RedisScript {
  return { source, sha: hash('sha1', source) };
}

/** Leaves the stored version in `current`; '' where nothing is stored. */
const CURRENT_VERSION = `
local head = redis.call('GETRANGE', KEYS[1], 0, 63)
local current = string.match(head, '^([^\\n]+)\\n')
if not current then
  if head ~= '' then return redis.error_reply('NOTADOCUMENT a foreign value is stored here') end
  current = ''
end
`;

/** Leaves the name of this run of the server in `run`. */
const RUN_ID = `
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
if not run then return redis.error_reply('NORUNID this server does not tell its run_id') end
`;

/**
 * KEYS: document[, marker]. ARGV: the caller's time in ms. Answers [since, what is stored].
 * The marker `<run_id> <since>` belongs to the run of the server that wrote it: another run (a restart, a promoted
 * replica) may lack the newest writes, and vouches only from now on.
 */
export const LOAD: RedisScript = script(`
local stored = redis.call('GET', KEYS[1])
if not KEYS[2] then return { '0', stored } end
${RUN_ID}
local known, since = string.match(redis.call('GET', KEYS[2]) or '', '^(%w+) (%d+)$')
if known ~= run then
  since = ARGV[1]
  redis.call('SET', KEYS[2], run .. ' ' .. since)
end
return { since, stored }
`);

/** KEYS: document. ARGV: version, the version it replaces or '', the bytes, ms to live or ''. */
export const SAVE: RedisScript = script(`${CURRENT_VERSION}
if current == ARGV[1] then return 'saved' end
if current ~= ARGV[2] then return 'conflict' end
local value = ARGV[1] .. '\\n' .. ARGV[3]
if ARGV[4] == '' then
  redis.call('SET', KEYS[1], value)
else
  redis.call('SET', KEYS[1], value, 'PX', ARGV[4])
end
return 'saved'
`);

/** KEYS: document. ARGV: the version it replaces. */
export const REMOVE: RedisScript = script(`${CURRENT_VERSION}
if current == '' then return 'removed' end
if current ~= ARGV[1] then return 'conflict' end
redis.call('DEL', KEYS[1])
return 'removed'
`);

/** Shows whether scripts may run, where there is no key to try it on. ARGV: 'true' where loads need the run. */
export const PROBE: RedisScript = script(`
if ARGV[1] == 'true' then
  ${RUN_ID}
end
return 'ready'
`);
