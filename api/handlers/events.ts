/** Event streams: of one job, and of all. */
import { z } from 'zod';
import { HttpError, jobNotFound } from '../../shared/errors.ts';
import { newestId, STREAM_START } from '../../shared/event-stream.ts';
import { EventOfAll, JobEvent } from '../../shared/events.ts';
import { JobId } from '../../shared/jobs.ts';
import { keys } from '../../shared/keys.ts';
import { ResetOfAll, ResetOfJob } from '../event-topics.ts';
import type { ApiDeps, EventStream, RouteRequest } from '../route.ts';
import { EVENT_STREAM } from '../sse.ts';

const EventId = z
  .string()
  .regex(/^\d{1,19}-\d{1,19}$/)
  .meta({ allowed: 'the id of an event, such as 1785600000000-0; 0-0 is before them all' });

const afterIt = EventId.optional().describe('The id of the last event that the client has: those after it follow.');
export const EventsQuery = z.strictObject({ lastEventId: afterIt });
export const EventsHeaders = z.strictObject({ 'Last-Event-ID': afterIt });

export const EventsOfJob = z.union([
  JobEvent,
  z.strictObject({ type: z.literal('removed'), at: z.iso.datetime() }),
  ResetOfJob,
]);
export const EventsOfAll = z.union([EventOfAll, ResetOfAll]);

type EventsRequest<Params = unknown> = RouteRequest<Params, z.output<typeof EventsQuery>>;

/** Only looks whether the job is there: a thousand clients may come at once. */
export async function followJob(
  request: EventsRequest<{ id: string }>,
  { store, events }: ApiDeps,
): Promise<EventStream> {
  const id = JobId.safeParse(request.params.id);
  if (!id.success || !(await store.exists(id.data))) throw jobNotFound(request.params.id);
  const last = lastEventId(request) ?? STREAM_START;
  return { follow: (response) => events.followJob(id.data, last, response) };
}

export async function followAll(request: EventsRequest, { redis, events }: ApiDeps): Promise<EventStream> {
  const asked = lastEventId(request);
  const newest = await newestId(redis, keys.eventsOfAll);
  return { follow: (response) => events.followAll(asked ?? newest, response) };
}

/** The header counts: a browser that comes back sends it, under the address that it began with. */
function lastEventId({ query, header, accepts }: Omit<EventsRequest, 'params'>): string | undefined {
  if (accepts([EVENT_STREAM]) === null) {
    throw new HttpError(406, 'not-acceptable', `events are there as ${EVENT_STREAM}; ask for it by Accept`);
  }
  return header('Last-Event-ID') ?? query.lastEventId;
}
