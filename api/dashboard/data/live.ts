/**
 * Live updates. An event stream where the API has one, else a look every two seconds; pages do not see which.
 * A hidden tab follows nothing (a browser allows six connections to one host, over all tabs) and catches up when shown.
 */
import { computed, effect, signal } from '@preact/signals';
import type { JobEvent } from '../../../shared/events.ts';
import type { EpochRow } from '../../../shared/views.ts';
import { inTime } from './abort.ts';
import { api, reachable } from './api.ts';

export type Connection = 'connected' | 'connecting' | 'live' | 'polling' | 'reconnecting' | 'disconnected';

export type LiveEvent = (JobEvent | { type: 'removed'; at: string }) & { jobId?: string };

/** The row that an epoch's event tells of. */
export function rowOf(event: Extract<LiveEvent, { type: 'epoch' }>): EpochRow {
  const { epoch, trainLoss, trainAccuracy, validationLoss, validationAccuracy, imagesPerSecond, seconds } = event;
  return { epoch, trainLoss, trainAccuracy, validationLoss, validationAccuracy, imagesPerSecond, seconds };
}

export interface Listener {
  /** Something may have changed that no event will tell: load anew. On each start of a stream, and every 2 s without one. */
  onRefresh(): void;
  /** @param id of the stream's entry: rises */
  onEvent(event: LiveEvent, id: string): void;
}

const POLL_MS = 2000;
/** After a stream was refused (not merely cut off), it is tried again. */
const RETRY_STREAM_MS = 15_000;
/** Reconnecting longer than this is being disconnected. */
const PATIENCE_MS = 5000;
const TYPES = ['state', 'step', 'epoch', 'checkpoint', 'log', 'removed'] as const;

type StreamState = 'opening' | 'open' | 'cut off' | 'refused';

const streams = signal<ReadonlyMap<string, StreamState>>(new Map());
const isPatient = signal(true);

const isCutOff = computed(() => !reachable.value || [...streams.value.values()].includes('cut off'));

effect(() => {
  isPatient.value = true;
  if (!isCutOff.value) return undefined;
  const timer = window.setTimeout(() => {
    isPatient.value = false;
  }, PATIENCE_MS);
  return () => window.clearTimeout(timer);
});

/** Not every page asks by itself, and a stream may stay open all the while. */
effect(() => {
  if (reachable.value) return undefined;
  const timer = window.setInterval(() => {
    if (!document.hidden) inTime(api.counts).then(refreshAll, () => undefined);
  }, POLL_MS);
  return () => window.clearInterval(timer);
});

/** What was asked for meanwhile has failed. */
function refreshAll(): void {
  for (const { listeners } of followed.values()) for (const listener of listeners) listener.onRefresh();
}

export const connection = computed<Connection>(() => {
  if (isCutOff.value) return isPatient.value ? 'reconnecting' : 'disconnected';
  const states = [...streams.value.values()];
  if (states.includes('refused')) return 'polling';
  if (states.length === 0) return 'connected';
  return states.includes('opening') ? 'connecting' : 'live';
});

function note(path: string, state: StreamState | null): void {
  const next = new Map(streams.peek());
  if (state === null) next.delete(path);
  else next.set(path, state);
  streams.value = next;
}

/** One stream for all that follow the same path. */
interface Followed {
  listeners: Set<Listener>;
  close(): void;
}
const followed = new Map<string, Followed>();

/** @returns ends it */
export function follow(path: string, listener: Listener): () => void {
  const stream = followed.get(path) ?? open(path);
  stream.listeners.add(listener);
  return () => {
    stream.listeners.delete(listener);
    if (stream.listeners.size > 0) return;
    stream.close();
    followed.delete(path);
  };
}

function open(path: string): Followed {
  const listeners = new Set<Listener>();
  const refresh = () => {
    for (const listener of listeners) listener.onRefresh();
  };
  let source: EventSource | null = null;
  let retryTimer = 0;

  const pollTimer = window.setInterval(() => {
    if (!document.hidden && source?.readyState !== EventSource.OPEN) refresh();
  }, POLL_MS);

  function connect(): void {
    disconnect();
    note(path, 'opening');
    const stream = new EventSource(path);
    source = stream;
    stream.onopen = () => {
      note(path, 'open');
      reachable.value = true;
      refresh();
    };
    stream.onerror = () => {
      const isRefused = stream.readyState === EventSource.CLOSED;
      note(path, isRefused ? 'refused' : 'cut off');
      if (isRefused) retryTimer = window.setTimeout(connect, RETRY_STREAM_MS);
    };
    stream.addEventListener('reset', refresh);
    for (const type of TYPES) {
      stream.addEventListener(type, ({ data, lastEventId }: MessageEvent<string>) => {
        const event = { ...JSON.parse(data), type } as LiveEvent;
        for (const listener of listeners) listener.onEvent(event, lastEventId);
      });
    }
  }

  function disconnect(): void {
    window.clearTimeout(retryTimer);
    source?.close();
    source = null;
    note(path, null);
  }

  const onVisibility = () => (document.hidden ? disconnect() : connect());
  document.addEventListener('visibilitychange', onVisibility);
  if (!document.hidden) connect();

  const stream: Followed = {
    listeners,
    close() {
      window.clearInterval(pollTimer);
      document.removeEventListener('visibilitychange', onVisibility);
      disconnect();
    },
  };
  followed.set(path, stream);
  return stream;
}

/**
 * Calls now and every so often while the tab is shown, but not while the call before is under way: an API that is slow
 * is not asked all the more. One that gets no answer is given up. @param call never fails, and ends with its signal
 * @returns ends it
 */
export function every(ms: number, call: (signal: AbortSignal) => Promise<void>): () => void {
  let isUnderWay = false;
  const tick = async () => {
    if (document.hidden || isUnderWay) return;
    isUnderWay = true;
    await inTime(call);
    isUnderWay = false;
  };
  tick();
  const timer = window.setInterval(tick, ms);
  document.addEventListener('visibilitychange', tick);
  return () => {
    window.clearInterval(timer);
    document.removeEventListener('visibilitychange', tick);
  };
}
