/** The audit, for admins. */
import { z } from 'zod';
import { AUDIT_PARTS, AuditEntry } from '../access/audit.ts';
import { pageLimit } from '../page-limit.ts';
import type { ApiDeps, RouteRequest } from '../route.ts';

const PAGE_LIMIT = 1000;

export const AuditQuery = z.strictObject({
  of: z
    .enum(AUDIT_PARTS)
    .default('deeds')
    .describe(
      '`deeds`: what was done to jobs and queues, or may have been, where the answer was an error of our own; `access`: ' +
        'who signed in and out, and what was refused.',
    ),
  limit: pageLimit({ max: PAGE_LIMIT, byDefault: 100, what: 'Entries' }),
  cursor: z
    .string()
    .regex(/^\d{1,19}-\d{1,19}$/)
    .meta({ allowed: 'the nextCursor of the page before' })
    .optional()
    .describe('The `nextCursor` of the page before.'),
});

export const AuditPage = z.strictObject({
  entries: z.array(AuditEntry).describe('Newest first.'),
  nextCursor: z.string().nullable().describe('Where the next page begins; null at the end.'),
});

type AuditRequest = RouteRequest<unknown, z.output<typeof AuditQuery>>;

export async function listAudit({ query: { of, limit, cursor } }: AuditRequest, { audit }: ApiDeps) {
  const entries = await audit.list(of, limit, cursor ?? null);
  const nextCursor = entries.length === limit ? (entries.at(-1)?.id ?? null) : null;
  return { status: 200 as const, body: { entries, nextCursor } };
}
