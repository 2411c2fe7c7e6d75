/** The list of jobs, newest first: page by page as one scrolls, kept up to date by the events of all jobs. */
import { type Signal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { JobView } from '../../../shared/views.ts';
import type { JobFilter } from '../../client-types.ts';
import { inTime } from './abort.ts';
import { api, EVENT_STREAMS, isNoSuchJob } from './api.ts';
import { batched } from './batched.ts';
import { every, follow, type LiveEvent, rowOf } from './live.ts';
import { createTellings } from './tellings.ts';

/** The most that the API gives at once. */
const PAGE = 200;
const SETTLE_MS = 250;
/** Progress and time left of running jobs, and positions of waiting ones, are in no event. */
const REFRESH_MS = 2000;
/** More changed jobs than this are loaded as a page. */
const FEW = 8;

export interface JobList {
  /** null until the first page has come. */
  jobs: Signal<readonly JobView[] | null>;
  /** Of the first page, when there is none. */
  error: Signal<unknown>;
  hasMore: Signal<boolean>;
  loadMore(): Promise<void>;
  reload(): void;
}

/** @param filter a new object with the same content changes nothing */
export function useJobs(filter: JobFilter): JobList {
  const key = JSON.stringify(filter);
  const { list, start } = useMemo(() => createJobList(filter), [key]);
  useEffect(start, [start]);
  return list;
}

export function matches({ state, kind, tag, name }: JobFilter, job: JobView): boolean {
  return (
    (state === undefined || job.state === state) &&
    (kind === undefined || job.kind === kind) &&
    (tag === undefined || job.tags.includes(tag)) &&
    (name === undefined || (job.name ?? '').toLowerCase().includes(name.toLowerCase()))
  );
}

/** Puts what was loaded in the place of what was there, `from` (an id) and newer; ids sort by submission. */
export function withNewest(old: readonly JobView[], fresh: readonly JobView[], from: string | null): JobView[] {
  return [...fresh, ...(from === null ? [] : old.filter(({ id }) => id < from))];
}

/** With these jobs as they are now, where they belong; `null` stands for one that is gone or matches no more. */
export function withChanged(jobs: readonly JobView[], changed: ReadonlyMap<string, JobView | null>): JobView[] {
  const known = new Set(jobs.map(({ id }) => id));
  const kept = jobs.flatMap((job) => {
    const now = changed.get(job.id);
    return now === undefined ? [job] : now === null ? [] : [now];
  });
  const added = [...changed.values()].filter((job) => job !== null).filter(({ id }) => !known.has(id));
  return added.length === 0 ? kept : [...kept, ...added].sort((a, b) => (a.id < b.id ? 1 : -1));
}

const idsOf = (jobs: readonly { id: string }[]) => jobs.map(({ id }) => id);

/** With the latest step and whole epoch that these events tell of, in their order. */
export function withEvents(jobs: readonly JobView[], events: readonly LiveEvent[]): readonly JobView[] {
  const told = new Map<string | undefined, Partial<Pick<JobView, 'latest' | 'latestEpoch'>>>();
  for (const event of events) {
    const before = told.get(event.jobId);
    if (event.type === 'epoch') told.set(event.jobId, { ...before, latestEpoch: rowOf(event) });
    if (event.type !== 'step') continue;
    const { epoch, step, trainLoss, trainAccuracy, imagesPerSecond } = event;
    told.set(event.jobId, { ...before, latest: { epoch, step, trainLoss, trainAccuracy, imagesPerSecond } });
  }
  return jobs.map((job) => {
    const news = told.get(job.id);
    return news === undefined ? job : { ...job, ...news };
  });
}

/** As they are now; `null` where there is none, or it matches no more. Those of which nobody can say are not in it. */
async function jobsNow(ids: readonly string[], filter: JobFilter): Promise<Map<string, JobView | null>> {
  const found = await Promise.allSettled(ids.map((id) => api.get(id)));
  const now = new Map<string, JobView | null>();
  found.forEach((result, i) => {
    const id = ids[i] as string;
    if (result.status === 'fulfilled') now.set(id, matches(filter, result.value) ? result.value : null);
    else if (isNoSuchJob(result.reason)) now.set(id, null);
  });
  return now;
}

export function createJobList(filter: JobFilter): { list: JobList; start: () => () => void } {
  const jobs = signal<readonly JobView[] | null>(null);
  const error = signal<unknown>(null);
  const hasMore = signal(false);
  let cursor: string | null = null;
  let more: Promise<void> | null = null;
  let isEnded = false;
  /** Of jobs, by their ids. */
  const tellings = createTellings();
  /** The number of the latest first page that is in the list. */
  let firstPage = 0;

  async function loadFirst(): Promise<void> {
    const by = tellings.next();
    try {
      const page = await api.list({ ...filter, limit: PAGE });
      if (isEnded || by < firstPage) return;
      firstPage = by;
      const isAll = page.nextCursor === null;
      const isFirst = jobs.peek() === null;
      const lastId = page.jobs.at(-1)?.id ?? null;
      const old = jobs.peek() ?? [];
      const fresh = page.jobs.filter(({ id }) => tellings.isNews(id, by));
      const newer = old.filter(({ id }) => !tellings.isNews(id, by)).map((job) => [job.id, job] as const);
      tellings.note(idsOf(fresh), by);
      jobs.value = withChanged(withNewest(old, fresh, isAll ? null : lastId), new Map(newer));
      error.value = null;
      if (isFirst || isAll) {
        cursor = page.nextCursor;
        hasMore.value = !isAll;
      }
    } catch (failure) {
      if (!isEnded && jobs.peek() === null) error.value = failure;
    }
  }

  function loadMore(): Promise<void> {
    more ??= (async () => {
      try {
        if (cursor === null) return;
        const by = tellings.next();
        const query = { ...filter, limit: PAGE, cursor };
        const page = await inTime((signal) => api.list(query, signal));
        // All jobs have come as a first page since.
        if (cursor !== query.cursor) return;
        const known = new Set(idsOf(jobs.peek() ?? []));
        const fresh = page.jobs.filter(({ id }) => !known.has(id) && tellings.isNews(id, by));
        tellings.note(idsOf(fresh), by);
        jobs.value = [...(jobs.peek() ?? []), ...fresh];
        cursor = page.nextCursor;
        hasMore.value = cursor !== null;
      } catch {
        // The connection's state shows it; scrolling on tries again.
      } finally {
        more = null;
      }
    })();
    return more;
  }

  async function loadThese(ids: string[]): Promise<void> {
    const by = tellings.next();
    const changed = await jobsNow(ids, filter);
    // One scrolls there now, perhaps: that answer may be older.
    await more;
    // One further down than what is loaded comes when one scrolls there.
    const oldest = hasMore.peek() ? (jobs.peek()?.at(-1)?.id ?? '') : '';
    for (const id of changed.keys()) if (id < oldest || !tellings.isNews(id, by)) changed.delete(id);
    if (isEnded || jobs.peek() === null) return;
    tellings.note(changed.keys(), by);
    jobs.value = withChanged(jobs.peek() ?? [], changed);
  }

  function drop(ids: readonly string[]): void {
    tellings.note(ids, tellings.next());
    const gone = new Map(ids.map((id) => [id, null]));
    if (jobs.peek() !== null) jobs.value = withChanged(jobs.peek() ?? [], gone);
  }

  const changedJobs = batched<{ id: string; isGone: boolean }>(SETTLE_MS, (changes) => {
    const gone = new Set(changes.filter(({ isGone }) => isGone).map(({ id }) => id));
    const others = new Set(idsOf(changes).filter((id) => !gone.has(id)));
    if (gone.size > 0) drop([...gone]);
    if (gone.size + others.size > FEW || jobs.peek() === null) loadFirst();
    else if (others.size > 0) loadThese([...others]);
  });

  const events = batched<LiveEvent>(SETTLE_MS, (batch) => {
    jobs.value = jobs.peek() === null ? null : withEvents(jobs.peek() ?? [], batch);
  });

  async function refreshMoving(signal: AbortSignal): Promise<void> {
    const moving = (jobs.peek() ?? []).filter(({ state }) => state === 'active' || state === 'waiting');
    const states = new Set(moving.map(({ state }) => state));
    const by = tellings.next();
    const pages = await Promise.all([...states].map((state) => api.list({ ...filter, state, limit: PAGE }, signal)));
    if (isEnded) return;
    const listed = new Set(idsOf(jobs.peek() ?? []));
    // The others are for the page to tell of that is to bring them.
    const news = pages.flatMap((page) => page.jobs).filter(({ id }) => listed.has(id) && tellings.isNews(id, by));
    tellings.note(idsOf(news), by);
    const fresh = new Map(news.map((job) => [job.id, job]));
    jobs.value = jobs.peek()?.map((job) => fresh.get(job.id) ?? job) ?? null;
  }

  function start(): () => void {
    isEnded = false;
    const endPolling = every(REFRESH_MS, (signal) => refreshMoving(signal).catch(() => undefined));
    loadFirst();
    const unfollow = follow(EVENT_STREAMS.all, {
      onRefresh: loadFirst,
      onEvent(event) {
        if (event.type === 'step' || event.type === 'epoch') events.add(event);
        else if ((event.type === 'state' || event.type === 'removed') && event.jobId) {
          changedJobs.add({ id: event.jobId, isGone: event.type === 'removed' });
        }
      },
    });
    return () => {
      isEnded = true;
      endPolling();
      unfollow();
      changedJobs.cancel();
      events.cancel();
    };
  }

  return { list: { jobs, error, hasMore, loadMore, reload: loadFirst }, start };
}
