/** What a Redis may lose, judged by its configuration. */
export interface RedisFinding {
  /**
   * Tell findings apart by this, never by message.
   * - `eviction`: records may be evicted, or nobody can tell
   * - `no_persistence`: nothing is written to disk
   * - `snapshots_only`: a crash loses what came after the last snapshot
   * - `no_fsync`: the operating system chooses when the append-only file reaches the disk
   * - `no_replicas`: writes are confirmed that no replica has
   * - `replica_lag`: writes are confirmed that replicas get seconds later
   */
  readonly code: 'eviction' | 'no_persistence' | 'snapshots_only' | 'no_fsync' | 'no_replicas' | 'replica_lag';
  /** Which server, what is set there, what may be lost, and what to set. */
  readonly message: string;
}

export const ASKED = [
  'maxmemory',
  'maxmemory-policy',
  'appendonly',
  'appendfsync',
  'save',
  'min-replicas-to-write',
  'min-replicas-max-lag',
] as const;

/** What a server tells of its configuration. What it does not know, or does not tell this user, is undefined. */
export type RedisSettings = Readonly<Partial<Record<(typeof ASKED)[number], string | undefined>>>;

type Judgement = readonly [RedisFinding['code'], string] | null;

export function findingsOf(server: string, settings: RedisSettings): readonly RedisFinding[] {
  return [eviction(settings), persistence(settings), replication(settings)].flatMap((judgement) =>
    judgement === null ? [] : [{ code: judgement[0], message: `Redis at ${server} ${judgement[1]}` }],
  );
}

function eviction({ maxmemory, 'maxmemory-policy': policy }: RedisSettings): Judgement {
  if (maxmemory === '0' || policy === 'noeviction') return null;
  if (maxmemory === undefined || policy === undefined) {
    const advice = "allow CONFIG GET, or, if you know that it is noeviction, say evictionPolicy: 'noeviction'";
    return ['eviction', `does not tell its maxmemory-policy: ${advice}`];
  }
  const loss = 'it may evict records, and an evicted record is a lost second factor';
  return [
    'eviction',
    `has maxmemory ${maxmemory} and maxmemory-policy ${policy}: ${loss}; set maxmemory-policy noeviction`,
  ];
}

function persistence({ appendonly, appendfsync, save }: RedisSettings): Judgement {
  if (appendonly === 'no' && save === '') {
    return [
      'no_persistence',
      'has appendonly no and no save points: a restart loses every second factor; set appendonly yes',
    ];
  }
  if (appendonly === 'no') {
    const points = save === undefined ? '' : ` and save ${save}`;
    return [
      'snapshots_only',
      `has appendonly no${points}: a crash loses what came after the last snapshot; set appendonly yes`,
    ];
  }
  if (appendonly === 'yes' && appendfsync === 'no') {
    return ['no_fsync', 'has appendfsync no: a power cut may lose the last half minute; set appendfsync everysec'];
  }
  return null;
}

function replication({ 'min-replicas-to-write': replicas, 'min-replicas-max-lag': lag }: RedisSettings): Judgement {
  if (replicas === '0' || lag === '0') {
    const advice = 'if it has replicas, set min-replicas-to-write 1 and min-replicas-max-lag 1';
    return ['no_replicas', `confirms writes that no replica has: a failover may lose the newest; ${advice}`];
  }
  if (lag !== undefined && lag !== '1') {
    return [
      'replica_lag',
      `has min-replicas-max-lag ${lag}: a failover may lose the last ${lag} s; set min-replicas-max-lag 1`,
    ];
  }
  return null;
}
