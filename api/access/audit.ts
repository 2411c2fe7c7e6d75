/**
 * What was done and refused, and by whom: streams in Redis, which forget the oldest. Never a key, whole or in part.
 *
 * Two of them, so that nobody pushes what was done out of the audit by signing in and being refused again and again,
 * whatever was asked for. And of that, each caller gets so many entries of an action in a minute; the first one after
 * them says how many were left out.
 */
import type { Request, Response } from 'express';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { messageOf } from '../../shared/errors.ts';
import { keys } from '../../shared/keys.ts';
import type { Logger } from '../../shared/process.ts';
import { defineScript } from '../../shared/redis.ts';
import { beginningOf, withoutSecrets } from '../../shared/secrets.ts';
import { requestIdOf } from '../observe-requests.ts';
import { addressOf, clientOf } from './address.ts';
import type { Caller } from './caller.ts';
import { ROLES } from './roles.ts';

/** Entries that are kept, about. */
const KEPT = { deeds: 100_000, access: 20_000 };
/** Of one action of one caller in a minute. */
const ACCESS_TOLD = 10;
/** So long the ones left out are remembered. */
const LEFT_OUT_SECONDS = 24 * 3600;
/** Of one request: a list of jobs may have a thousand. */
const JOBS_NAMED = 20;
const JOB_ID_SHOWN = 50;
const REQUEST_SHOWN = 200;

const DEEDS = ['submit', 'cancel', 'retry', 'delete', 'board'] as const;
const ACCESS = ['sign-in', 'sign-out', 'request'] as const;
export type AuditAction = (typeof DEEDS)[number] | (typeof ACCESS)[number];

export const AUDIT_PARTS = ['deeds', 'access'] as const;
export type AuditPart = (typeof AUDIT_PARTS)[number];

/** Of a deed: it is done, or nobody knows, as something broke on the way to the answer. Whatever else is a refusal. */
const PERHAPS_DONE = /^(done|internal|redis-unavailable|store-unavailable|499|5\d\d)$/;

const STREAMS = { deeds: keys.audit, access: keys.auditOfAccess };

export const AuditEntry = z.strictObject({
  id: z.string().describe('Rises with time.'),
  at: z.iso.datetime(),
  actor: z.string().nullable().describe('Name of the key; null where it is not known who it was.'),
  role: z.enum(ROLES).nullable(),
  address: z.string().describe('That the request came from; behind proxies, as TRUST_PROXY has it.'),
  action: z
    .enum([...DEEDS, ...ACCESS])
    .describe('`board`: a change on bull-board; `request`: one that was not let through.'),
  request: z.string().describe('Method and path.'),
  jobIds: z.array(z.string()).describe(`The first ${JOBS_NAMED}.`),
  jobs: z.int().describe('How many there were.'),
  outcome: z
    .string()
    .describe('`done`, or the code of the error, or on the board its status: 499 if the client left before it.'),
  requestId: z.string().describe('That the answer had as X-Request-Id.'),
  leftOut: z
    .int()
    .describe(
      `Entries of this action and caller that are not told, before this one: beyond ${ACCESS_TOLD} in a minute.`,
    ),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

export interface Deed {
  action: AuditAction;
  outcome: string;
  jobIds?: readonly string[];
  /** Unless given, whom the request was found to come from. */
  actor?: Pick<Caller, 'name' | 'role'>;
}

/** KEYS: count, left out, stream; ARGV: told in a minute, seconds left out are remembered, kept, entry */
const tellScript = defineScript(`
  local count = redis.call('INCR', KEYS[1])
  if count == 1 then redis.call('EXPIRE', KEYS[1], 60) end
  if count > tonumber(ARGV[1]) then
    redis.call('INCR', KEYS[2])
    redis.call('EXPIRE', KEYS[2], ARGV[2])
    return
  end
  local leftOut = redis.call('GETDEL', KEYS[2]) or '0'
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[3], '*', 'entry', ARGV[4], 'leftOut', leftOut)
`);

export type Audit = ReturnType<typeof createAudit>;

export function createAudit({ redis, logger }: { redis: Redis; logger: Logger }) {
  async function tell(part: AuditPart, caller: string, entry: Omit<AuditEntry, 'id' | 'leftOut'>): Promise<void> {
    const text = JSON.stringify(entry);
    if (part === 'deeds') {
      await redis.xadd(STREAMS.deeds, 'MAXLEN', '~', KEPT.deeds, '*', 'entry', text);
      return;
    }
    const what = `${entry.action}:${caller}`;
    const names = [keys.auditCount(what), keys.auditLeftOut(what), STREAMS.access];
    await tellScript(redis, names, [ACCESS_TOLD, LEFT_OUT_SECONDS, KEPT.access, text]);
  }

  return {
    /** What has been done stays done: where it cannot be written down, the log has it. */
    async record(request: Request, response: Response, { action, outcome, jobIds = [], actor }: Deed): Promise<void> {
      const who = actor ?? (response.locals.caller as Caller | undefined);
      const part = partOf(action, outcome);
      const entry = {
        at: new Date().toISOString(),
        actor: who?.name ?? null,
        role: who?.role ?? null,
        address: addressOf(request),
        action,
        request: beginningOf(`${request.method} ${request.originalUrl.split('?', 1)[0]}`, REQUEST_SHOWN),
        jobIds: jobIds.slice(0, JOBS_NAMED).map((id) => beginningOf(id, JOB_ID_SHOWN)),
        jobs: jobIds.length,
        outcome,
        requestId: withoutSecrets(requestIdOf(response)),
      };
      try {
        await tell(part, who ? `key ${who.name}` : clientOf(request), entry);
      } catch (error) {
        // Not what strangers were refused: while Redis is away, they would fill the log.
        logger[part === 'deeds' ? 'warn' : 'debug'](
          { ...entry, error: messageOf(error) },
          'this could not be written into the audit',
        );
      }
    },

    /** @param before id of the entry that the page begins after; null: from the newest on */
    async list(part: AuditPart, limit: number, before: string | null): Promise<AuditEntry[]> {
      const from = before === null ? '+' : `(${before}`;
      const entries = await redis.xrevrange(STREAMS[part], from, '-', 'COUNT', limit);
      return entries.map(([id, [, json = '', , leftOut = '0']]) => ({
        id,
        ...JSON.parse(json),
        leftOut: Number(leftOut),
      }));
    },
  };
}

function partOf(action: AuditAction, outcome: string): AuditPart {
  return DEEDS.some((deed) => deed === action) && PERHAPS_DONE.test(outcome) ? 'deeds' : 'access';
}
