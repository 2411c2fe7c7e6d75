/** Who the API takes the caller for. */
import { z } from 'zod';
import { ROLES } from '../access/roles.ts';
import type { ApiDeps, RouteRequest } from '../route.ts';

export const Me = z.strictObject({
  name: z.string().describe('Of the API key; `local` where there are none.'),
  role: z.enum(ROLES),
  by: z
    .enum(['key', 'session', 'loopback'])
    .describe('By a key, by the session of a browser, or by being on the machine of an API without keys.'),
});

export async function getMe({ caller: { name, role, by } }: RouteRequest, _deps: ApiDeps) {
  return { status: 200 as const, body: { name, role, by } };
}
