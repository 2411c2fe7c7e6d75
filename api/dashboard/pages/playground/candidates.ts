/** Train jobs that have checkpoints, newest first: the API tells of each job by itself whether it has any. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { TrainJobView } from '../../../../shared/views.ts';
import { stateLabel } from '../../components/badges.tsx';
import { api } from '../../data/api.ts';
import { useJobs } from '../../data/job-list.ts';
import { plural } from '../../format.ts';

/** Jobs that did not complete are looked at one by one: the newest so many. */
const LOOKED_AT = 20;

/** null until they have come. */
export function useCandidates(): { jobs: readonly TrainJobView[] | null; error: unknown; reload(): void } {
  const list = useJobs({ kind: 'train' });
  const jobs = list.jobs.value as readonly TrainJobView[] | null;
  const known = useRef(new Map<string, boolean>());
  const [, setRound] = useState(0);
  const isLooking = useRef(false);

  useEffect(() => {
    if (jobs === null || isLooking.current) return;
    const open = openQuestions(jobs, known.current);
    if (open.length === 0) return;
    isLooking.current = true;
    Promise.all(
      open.map(async ({ id }) => {
        const hasSome = await api.checkpoints(id).then(
          ({ checkpoints }) => checkpoints.length > 0,
          () => false,
        );
        known.current.set(id, hasSome);
      }),
    ).then(() => {
      isLooking.current = false;
      setRound((round) => round + 1);
    });
  }, [jobs]);

  const areLookedAt = jobs !== null && openQuestions(jobs, known.current).every(({ id }) => known.current.has(id));
  const candidates = areLookedAt
    ? jobs.filter(({ id, state }) => state === 'completed' || known.current.get(id) === true)
    : null;
  return { jobs: candidates, error: list.error.value, reload: list.reload };
}

/** Those of which nothing is known, and those that train and had none so far. */
export function openQuestions(
  jobs: readonly TrainJobView[],
  known: ReadonlyMap<string, boolean>,
): readonly TrainJobView[] {
  return jobs
    .filter(({ state }) => state !== 'completed')
    .slice(0, LOOKED_AT)
    .filter(({ id, attempt, state }) => attempt > 0 && (state === 'active' ? known.get(id) !== true : !known.has(id)));
}

/** The one that trains now, else the latest that completed, else the newest. */
export function defaultOf(jobs: readonly TrainJobView[]): TrainJobView | undefined {
  return jobs.find(({ state }) => state === 'active') ?? jobs.find(({ state }) => state === 'completed') ?? jobs[0];
}

/** As the picker has it. */
export function jobLabel({ id, name, state, spec }: TrainJobView): string {
  const now = state === 'active' ? 'training now' : stateLabel(state).toLowerCase();
  return `${name ?? id} · ${plural(spec.epochs, 'epoch')} · ${now}`;
}
