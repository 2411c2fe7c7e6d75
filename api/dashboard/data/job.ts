/** One job, live: the job itself, its epochs and its log. */
import { type Signal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { EpochRow, JobView } from '../../../shared/views.ts';
import { api, EVENT_STREAMS } from './api.ts';
import { batched } from './batched.ts';
import { type LogLine, lineOf } from './job-log.ts';
import { follow, type LiveEvent, rowOf } from './live.ts';

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
  /** Somebody deleted it. */
  isRemoved: Signal<boolean>;
  reload(): void;
}

/** Events of one moment are one redraw; a replay brings thousands. */
const SETTLE_MS = 150;
/** Progress and time left are in no event. */
const REFRESH_MS = 1000;

export function useJob(id: string): LiveJob {
  const { live, start } = useMemo(() => createLiveJob(id), [id]);
  useEffect(start, [start]);
  return live;
}

/** One row for each epoch, the later one where there are two. */
export function withRows(rows: readonly EpochRow[], newer: readonly EpochRow[]): EpochRow[] {
  const byEpoch = new Map([...rows, ...newer].map((row) => [row.epoch, row]));
  return [...byEpoch.values()].sort((a, b) => a.epoch - b.epoch);
}

function createLiveJob(id: string): { live: LiveJob; start: () => () => void } {
  const job = signal<JobView | null>(null);
  const error = signal<unknown>(null);
  const epochs = signal<readonly EpochRow[]>([]);
  const log = signal<readonly LogLine[]>([]);
  const checkpoints = signal(0);
  const isRemoved = signal(false);
  let isEnded = false;

  async function load(): Promise<void> {
    try {
      const [view, metrics] = await Promise.all([api.get(id), api.metrics(id)]);
      if (isEnded) return;
      if (view.progress?.epoch !== job.peek()?.progress?.epoch) checkpoints.value += 1;
      job.value = view;
      epochs.value = metrics.epochs;
      error.value = null;
    } catch (failure) {
      if (!isEnded && job.peek() === null) error.value = failure;
    }
  }

  async function loadJob(): Promise<void> {
    const view = await api.get(id).catch(() => null);
    if (view && !isEnded) job.value = view;
  }

  const batch = batched<LiveEvent & { id: string }>(SETTLE_MS, (events) => {
    const rows = events.filter((event) => event.type === 'epoch').map(rowOf);
    if (rows.length > 0) epochs.value = withRows(epochs.peek(), rows);
    const seen = new Set(log.peek().map((line) => line.id));
    const lines = events.flatMap((event) => lineOf(event) ?? []).filter((line) => !seen.has(line.id));
    if (lines.length > 0) log.value = [...log.peek(), ...lines];
    if (events.some(({ type }) => type === 'checkpoint')) checkpoints.value += 1;
    if (events.some(({ type }) => type === 'removed')) isRemoved.value = true;
    if (events.some(({ type }) => type === 'state')) loadJob();
  });

  function start(): () => void {
    isEnded = false;
    load();
    const timer = window.setInterval(() => {
      const state = job.peek()?.state;
      if (!document.hidden && (state === 'active' || state === 'waiting' || state === 'delayed')) loadJob();
    }, REFRESH_MS);
    const unfollow = follow(EVENT_STREAMS.job(id), {
      onRefresh: load,
      onEvent: (event, eventId) => batch.add({ ...event, id: eventId }),
    });
    return () => {
      isEnded = true;
      window.clearInterval(timer);
      unfollow();
      batch.cancel();
    };
  }

  return { live: { job, error, epochs, log, checkpoints, isRemoved, reload: load }, start };
}
