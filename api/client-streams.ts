/** The events of the API's streams, as they are typed and to where they end. */
import { ProblemError } from './client-errors.ts';
import { type Frame, followStream } from './client-events.ts';
import type { CallOptions, Requester } from './client-request.ts';
import type { EventOfAnyJob, EventOfJob } from './client-types.ts';

export interface FollowOptions extends CallOptions {
  /** The `id` of an event: those after it follow. */
  lastEventId?: string | undefined;
}

/** Ends after `removed`, which is made up where the job is gone when the connection is taken up again. */
export async function* eventsOfJob(
  request: Requester,
  path: string,
  options: FollowOptions,
): AsyncGenerator<EventOfJob, void> {
  let last: string | null = null;
  try {
    for await (const frame of follow(request, path, options)) {
      last = frame.id;
      const event = parse<EventOfJob>(frame);
      yield event;
      if (event.type === 'removed') return;
    }
  } catch (error) {
    const isGone = error instanceof ProblemError && error.code === 'job-not-found';
    if (last === null || !isGone) throw error;
    yield { type: 'removed', id: last, at: new Date().toISOString() };
  }
}

export async function* eventsOfAll(
  request: Requester,
  path: string,
  options: FollowOptions,
): AsyncGenerator<EventOfAnyJob, void> {
  for await (const frame of follow(request, path, options)) yield parse<EventOfAnyJob>(frame);
}

function follow(request: Requester, path: string, { lastEventId, signal }: FollowOptions): AsyncGenerator<Frame, void> {
  const open = (last: string | null, ends: AbortSignal) =>
    request.open(path, {
      accept: 'text/event-stream',
      headers: last === null ? {} : { 'last-event-id': last },
      signal: ends,
    });
  return followStream({ open, lastEventId, signal });
}

function parse<Event>({ id, type, data }: Frame): Event {
  return { ...JSON.parse(data), type, id } as Event;
}
