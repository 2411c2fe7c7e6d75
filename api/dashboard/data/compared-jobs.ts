/** Several train jobs with their epochs, live over the one stream of all jobs: a stream each would be too many for a browser. */
import { type Signal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { EpochRow, TrainJobView } from '../../../shared/views.ts';
import { api, EVENT_STREAMS, isNoSuchJob } from './api.ts';
import { batched } from './batched.ts';
import { withRows } from './job.ts';
import { follow, type LiveEvent, rowOf } from './live.ts';
import { createTellings } from './tellings.ts';

export interface ComparedJob {
  job: TrainJobView;
  epochs: readonly EpochRow[];
}

/** Why an id stands for nothing that can be compared. */
export type NotComparable = 'missing' | 'eval';

export type Found = ComparedJob | NotComparable;

export interface ComparedJobs {
  /** By id; those that have not come yet are not in it. */
  found: Signal<ReadonlyMap<string, Found>>;
  /** Of the latest load that failed for another reason than that there is no such job. */
  error: Signal<unknown>;
  reload(): void;
}

const SETTLE_MS = 150;

export function useComparedJobs(ids: readonly string[]): ComparedJobs {
  const { compared, start, show } = useMemo(createComparedJobs, []);
  useEffect(() => show(ids), [show, ids.join()]);
  useEffect(start, [start]);
  return compared;
}

/** With the epochs that were known: events may have told of some since it was asked for, and none goes again. */
function withKnownEpochs(answer: Found, known: Found | undefined): Found {
  if (typeof answer === 'string' || typeof known !== 'object') return answer;
  return { ...answer, epochs: withRows(known.epochs, answer.epochs) };
}

export function createComparedJobs() {
  const found = signal<ReadonlyMap<string, Found>>(new Map());
  const error = signal<unknown>(null);
  let shown: ReadonlySet<string> = new Set();
  let isEnded = false;
  /** Of jobs, by their ids. */
  const tellings = createTellings();

  function note(changes: Iterable<readonly [string, Found]>): void {
    found.value = new Map([...found.peek(), ...changes]);
  }

  async function find(id: string): Promise<Found> {
    try {
      const [job, { epochs }] = await Promise.all([api.get(id), api.metrics(id)]);
      return job.kind === 'train' ? { job, epochs } : 'eval';
    } catch (failure) {
      if (isNoSuchJob(failure)) return 'missing';
      throw failure;
    }
  }

  async function load(ids: readonly string[]): Promise<void> {
    const by = tellings.next();
    const results = await Promise.allSettled(ids.map(async (id) => [id, await find(id)] as const));
    if (isEnded) return;
    const answers = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const news = new Map(answers.filter(([id]) => tellings.isNews(id, by)));
    tellings.note(news.keys(), by);
    note([...news].map(([id, answer]) => [id, withKnownEpochs(answer, found.peek().get(id))] as const));
    error.value = results.find((result) => result.status === 'rejected')?.reason ?? null;
  }

  function show(ids: readonly string[]): void {
    shown = new Set(ids);
    const unknown = ids.filter((id) => !found.peek().has(id));
    if (unknown.length > 0) load(unknown);
  }

  /** What is completed changes no more, nor does what cannot be compared. */
  function reload(): void {
    load(
      [...shown].filter((id) => {
        const known = found.peek().get(id);
        return known === undefined || (typeof known === 'object' && known.job.state !== 'completed');
      }),
    );
  }

  const events = batched<LiveEvent & { jobId: string }>(SETTLE_MS, (batch) => {
    const changed = new Map<string, Found>();
    const moved = new Set<string>();
    for (const event of batch) {
      const known = changed.get(event.jobId) ?? found.peek().get(event.jobId);
      if (typeof known === 'string') continue;
      if (event.type === 'state') moved.add(event.jobId);
      else if (event.type === 'epoch' && known !== undefined) {
        changed.set(event.jobId, { ...known, epochs: withRows(known.epochs, [rowOf(event)]) });
      }
    }
    if (changed.size > 0) note(changed);
    if (moved.size > 0) load([...moved]);
  });

  function start(): () => void {
    isEnded = false;
    const unfollow = follow(EVENT_STREAMS.all, {
      onRefresh: reload,
      onEvent(event) {
        const { jobId } = event;
        if (!jobId || !shown.has(jobId)) return;
        // At once: whatever is asked for now is not there.
        if (event.type === 'removed') {
          tellings.note([jobId], tellings.next());
          note([[jobId, 'missing']]);
        } else if (event.type !== 'step') events.add({ ...event, jobId });
      },
    });
    return () => {
      isEnded = true;
      unfollow();
      events.cancel();
    };
  }

  return { compared: { found, error, reload }, start, show };
}
