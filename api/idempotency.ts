/** `Idempotency-Key`: a submission that is sent again makes no second job (draft-ietf-httpapi-idempotency-key-header). */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Once } from '../shared/job-store.ts';
import type { JobRequest } from '../shared/jobs.ts';
import type { Caller } from './access/caller.ts';

export const IDEMPOTENCY_KEY = 'Idempotency-Key';
export const REPLAYED = 'Idempotency-Replayed';

export const SubmitHeaders = z.strictObject({
  [IDEMPOTENCY_KEY]: z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/)
    .meta({ allowed: '1 to 255 visible ASCII characters' })
    .optional()
    .describe(
      'A value of your own, a UUID for instance. For 24 hours, the same one with the same body, from the same API key, is the same job; of a list, each place has a key of its own.',
    ),
});

/**
 * @param caller by name: none meets the keys of another
 * @param request as validated: what was left out and what was said are the same, where they mean the same
 * @param index of the job in a list; a single one is the first
 */
export function onceOf({ name }: Pick<Caller, 'name'>, key: string, request: JobRequest, index = 0): Once {
  return { key: `${name}:${index}:${key}`, hash: createHash('sha256').update(canonicalJson(request)).digest('hex') };
}

/** The same text for the same value, in whatever order its fields are. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
