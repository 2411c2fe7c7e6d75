/** One job, live: the job itself, its epochs and its log. */
import { type Signal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { EpochRow, JobView } from '../../../shared/views.ts';
import type { CheckpointList } from '../../client-types.ts';
import { inTime, untilEither } from './abort.ts';
import { api, EVENT_STREAMS, isNoSuchJob } from './api.ts';
import { batched } from './batched.ts';
import { type LogLine, lineOf } from './job-log.ts';
import { every, follow, type LiveEvent, rowOf } from './live.ts';
import { createTellings } from './tellings.ts';

export interface LiveJob {
  /** null until it has come. */
  job: Signal<JobView | null>;
  /** Why there is no job. */
  error: Signal<unknown>;
  epochs: Signal<readonly EpochRow[]>;
  /** What happened to it, but for its steps. */
  log: Signal<readonly LogLine[]>;
  /** Rises with each new checkpoint: reload what depends on them. */
  checkpoints: Signal<number>;
  /** There is none, or no longer; nothing more is asked for it. */
  isMissing: Signal<boolean>;
  reload(): void;
  /** Those that are kept; fails unasked once the job is gone or about to be deleted. */
  loadCheckpoints(signal: AbortSignal): Promise<CheckpointList>;
  /** Deletes it, and asks for nothing that is about to go; goes on following it when that is refused. */
  remove(): Promise<void>;
}

/** Events of one moment are one redraw; a replay brings thousands. */
const SETTLE_MS = 150;
/** Progress and time left are in no event. */
const REFRESH_MS = 1000;

export function useJob(id: string): LiveJob {
  const { live, show } = useMemo(() => createLiveJob(id), [id]);
  useEffect(show, [show]);
  return live;
}

/** One row for each epoch, the later one where there are two. */
export function withRows(rows: readonly EpochRow[], newer: readonly EpochRow[]): EpochRow[] {
  const byEpoch = new Map([...rows, ...newer].map((row) => [row.epoch, row]));
  return [...byEpoch.values()].sort((a, b) => a.epoch - b.epoch);
}

export function createLiveJob(id: string): { live: LiveJob; show: () => () => void } {
  const job = signal<JobView | null>(null);
  const error = signal<unknown>(null);
  const epochs = signal<readonly EpochRow[]>([]);
  const log = signal<readonly LogLine[]>([]);
  const checkpoints = signal(0);
  const isMissing = signal(false);
  let isShown = false;
  const tellings = createTellings();
  /** Aborted, it ends the following and whatever was asked for in it. */
  let following = new AbortController();

  /** Hands on what has come, unless the following has ended meanwhile; throws what else went wrong. */
  async function ask<T>(request: (signal: AbortSignal) => Promise<T>, take: (answer: T) => void): Promise<void> {
    const { signal } = following;
    try {
      const answer = await request(signal);
      if (!signal.aborted) take(answer);
    } catch (failure) {
      if (signal.aborted) return;
      if (!isNoSuchJob(failure)) throw failure;
      endAsMissing();
    }
  }

  function endAsMissing(): void {
    following.abort();
    isMissing.value = true;
  }

  /** Does what there is to do with an answer, unless a later one has come before it. */
  function ifNews(of: 'view' | 'epochs', by: number, take: () => void): void {
    if (!tellings.isNews(of, by)) return;
    tellings.note([of], by);
    take();
  }

  function takeView(view: JobView): void {
    if (view.progress?.epoch !== job.peek()?.progress?.epoch) checkpoints.value += 1;
    job.value = view;
  }

  function load(): void {
    const by = tellings.next();
    ask(
      (signal) => Promise.all([api.get(id, signal), api.metrics(id, signal)]),
      ([view, metrics]) => {
        ifNews('view', by, () => takeView(view));
        ifNews('epochs', by, () => {
          // No epoch goes again: one that is missing was told of by an event since.
          epochs.value = withRows(epochs.peek(), metrics.epochs);
        });
        error.value = null;
      },
    ).catch((failure) => {
      if (job.peek() === null) error.value = failure;
    });
  }

  /** What goes wrong here does so again when all is loaded. */
  function loadJob(limit: AbortSignal): Promise<void> {
    const by = tellings.next();
    return ask(
      (signal) => untilEither([signal, limit], (either) => api.get(id, either)),
      (view) => {
        ifNews('view', by, () => takeView(view));
      },
    ).catch(() => undefined);
  }

  const batch = batched<LiveEvent & { id: string }>(SETTLE_MS, (events) => {
    const rows = events.filter((event) => event.type === 'epoch').map(rowOf);
    if (rows.length > 0) epochs.value = withRows(epochs.peek(), rows);
    const seen = new Set(log.peek().map((line) => line.id));
    const lines = events.flatMap((event) => lineOf(event) ?? []).filter((line) => !seen.has(line.id));
    if (lines.length > 0) log.value = [...log.peek(), ...lines];
    if (events.some(({ type }) => type === 'checkpoint')) checkpoints.value += 1;
    if (events.some(({ type }) => type === 'state')) inTime(loadJob);
  });

  function start(): void {
    following = new AbortController();
    load();
    const endPolling = every(REFRESH_MS, async (limit) => {
      const state = job.peek()?.state;
      if (state === 'active' || state === 'waiting' || state === 'delayed') await loadJob(limit);
    });
    const unfollow = follow(EVENT_STREAMS.job(id), {
      onRefresh: load,
      onEvent(event, eventId) {
        // At once: whatever is asked for now is not there.
        if (event.type === 'removed') endAsMissing();
        else batch.add({ ...event, id: eventId });
      },
    });
    following.signal.addEventListener('abort', () => {
      endPolling();
      unfollow();
      batch.cancel();
    });
  }

  function show(): () => void {
    isShown = true;
    start();
    return () => {
      isShown = false;
      following.abort();
    };
  }

  function loadCheckpoints(signal: AbortSignal): Promise<CheckpointList> {
    return untilEither([signal, following.signal], (either) => api.checkpoints(id, either));
  }

  async function remove(): Promise<void> {
    following.abort();
    try {
      await api.remove(id);
    } catch (failure) {
      if (isShown) start();
      // What was on its way has been broken off.
      checkpoints.value += 1;
      throw failure;
    }
  }

  const live = { job, error, epochs, log, checkpoints, isMissing, reload: load, loadCheckpoints, remove };
  return { live, show };
}
