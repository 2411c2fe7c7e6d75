/** What a client can follow, one job or all of them: which stream, in which words, and what it gets instead of lost events. */
import { z } from 'zod';
import type { StreamEntry } from '../shared/event-stream.ts';
import type { JobStore } from '../shared/job-store.ts';
import type { JobId } from '../shared/jobs.ts';
import { keys } from '../shared/keys.ts';
import { EpochRow, JobView, StateCounts } from '../shared/views.ts';
import type { JobViews } from './job-view.ts';
import { frame } from './sse.ts';

/** Data of a `reset`: how things stand, as no one can tell which events were lost. */
export const ResetOfJob = z.strictObject({ job: JobView, epochs: z.array(EpochRow) });
export const ResetOfAll = z.strictObject({ counts: StateCounts });

export interface Topic {
  /** Key of its stream in Redis. */
  stream: string;
  frameOf(entry: StreamEntry): string;
  /** Data of its `reset`; null if what was followed is there no more. */
  snapshot(): Promise<z.infer<typeof ResetOfJob> | z.infer<typeof ResetOfAll> | null>;
}

export function topicOfJob(id: JobId, { store, views }: { store: JobStore; views: JobViews }): Topic {
  return {
    stream: keys.events(id),
    frameOf: (entry) => frame(entry.id, typeOf(entry), entry.json),
    async snapshot() {
      const job = await store.get(id);
      if (job === null) return null;
      return { job: await views.of(job), epochs: await store.epochRows(id) };
    },
  };
}

export function topicOfAll({ store }: { store: JobStore }): Topic {
  return {
    stream: keys.eventsOfAll,
    frameOf: (entry) => frame(entry.id, typeOf(entry), `{"jobId":"${entry.jobId}",${entry.json.slice(1)}`),
    snapshot: async () => ({ counts: await store.countByState() }),
  };
}

/** Whatever it is: an event that this version does not know may be known to the client. */
export function typeOf({ json }: StreamEntry): string {
  return (JSON.parse(json) as { type: string }).type;
}
