/** What was done and refused, and to whom: a stream in Redis, which forgets the oldest. Never a key, whole or in part. */
import type { Request, Response } from 'express';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { messageOf } from '../../shared/errors.ts';
import { keys } from '../../shared/keys.ts';
import type { Logger } from '../../shared/process.ts';
import { requestIdOf } from '../observe-requests.ts';
import type { Caller } from './caller.ts';
import { ROLES } from './roles.ts';

/** Entries that are kept, about. */
const KEPT = 100_000;
/** Of one request: a list of jobs may have a thousand. */
const JOBS_NAMED = 20;
const REQUEST_SHOWN = 200;

export const AUDIT_ACTIONS = [
  'submit',
  'cancel',
  'retry',
  'delete',
  'board',
  'sign-in',
  'sign-out',
  'request',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export const AuditEntry = z.strictObject({
  id: z.string().describe('Rises with time.'),
  at: z.iso.datetime(),
  actor: z.string().nullable().describe('Name of the key; null where it is not known who it was.'),
  role: z.enum(ROLES).nullable(),
  address: z.string().describe('That the request came from; behind proxies, as TRUST_PROXY has it.'),
  action: z.enum(AUDIT_ACTIONS).describe('`board`: a change on bull-board; `request`: one that was not let through.'),
  request: z.string().describe('Method and path.'),
  jobIds: z.array(z.string()).describe(`The first ${JOBS_NAMED}.`),
  jobs: z.int().describe('How many there were.'),
  outcome: z.string().describe('`done`, or the code of the error, or on the board its status.'),
  requestId: z.string().describe('That the answer had as X-Request-Id.'),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

export interface Deed {
  action: AuditAction;
  outcome: string;
  jobIds?: readonly string[];
  /** Unless given, whom the request was found to come from. */
  actor?: Pick<Caller, 'name' | 'role'>;
}

export type Audit = ReturnType<typeof createAudit>;

export function createAudit({ redis, logger }: { redis: Redis; logger: Logger }) {
  return {
    /** What has been done stays done: where it cannot be written down, the log has it. */
    async record(request: Request, response: Response, { action, outcome, jobIds = [], actor }: Deed): Promise<void> {
      const who = actor ?? (response.locals.caller as Caller | undefined);
      const entry: Omit<AuditEntry, 'id'> = {
        at: new Date().toISOString(),
        actor: who?.name ?? null,
        role: who?.role ?? null,
        address: request.ip ?? '',
        action,
        request: `${request.method} ${request.originalUrl.split('?', 1)[0]}`.slice(0, REQUEST_SHOWN),
        jobIds: jobIds.slice(0, JOBS_NAMED),
        jobs: jobIds.length,
        outcome,
        requestId: requestIdOf(response),
      };
      try {
        await redis.xadd(keys.audit, 'MAXLEN', '~', KEPT, '*', 'entry', JSON.stringify(entry));
      } catch (error) {
        logger.warn({ ...entry, error: messageOf(error) }, 'this could not be written into the audit');
      }
    },

    /** @param before id of the entry that the page begins after; null: from the newest on */
    async list(limit: number, before: string | null): Promise<AuditEntry[]> {
      const entries = await redis.xrevrange(keys.audit, before === null ? '+' : `(${before}`, '-', 'COUNT', limit);
      return entries.map(([id, [, json = '']]) => ({ id, ...JSON.parse(json) }));
    },
  };
}
