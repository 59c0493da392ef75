import * as v from 'valibot';
import { MfaError } from '../errors.js';

/** What it is, is judged by `parseCode`, for every door alike. */
const Code = v.unknown();

export const CreateFactorBody = v.object({ friendly_name: v.optional(v.string()) });
export const ChangeFactorBody = v.union([
  v.object({ code: Code, friendly_name: v.optional(v.undefined()) }),
  v.object({ friendly_name: v.string(), code: v.optional(v.undefined()) }),
]);
export const CreateChallengeBody = v.object({ factor_sid: v.optional(v.string()), code: v.optional(Code) });
export const AnswerChallengeBody = v.union([
  v.object({ code: Code, status: v.optional(v.undefined()) }),
  v.object({ status: v.literal('denied'), code: v.optional(v.undefined()) }),
]);

export const ConfirmRecoveryCodesBody = v.object({ id: v.string(), code: Code });
/** A form names the field three times. */
export const UnlockBody = v.object({ codes: v.array(Code) });

const Count = v.pipe(v.string(), v.regex(/^\d{1,9}$/), v.transform(Number));
const paging = { page: v.optional(Count), page_size: v.optional(Count) };

export const ListFactorsQuery = v.object(paging);
export const ListChallengesQuery = v.object({
  ...paging,
  status: v.optional(v.picklist(['pending', 'approved', 'denied', 'expired'])),
  factor_sid: v.optional(v.string()),
  order: v.optional(v.picklist(['asc', 'desc'])),
});

/** The input as its schema has it; unknown members are dropped. @throws MfaError `invalid_request` with the `form` it must have */
export function parse<Schema extends v.GenericSchema>(
  schema: Schema,
  input: unknown,
  form: string,
): v.InferOutput<Schema> {
  const { success, output } = v.safeParse(schema, input);
  if (!success) throw new MfaError('invalid_request', `expected ${form}`);
  return output;
}
