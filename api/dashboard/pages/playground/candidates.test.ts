import { beforeAll, expect, test, vi } from 'vitest';
import type { TrainJobView } from '../../../../shared/views.ts';

let candidates: typeof import('./candidates.ts');
beforeAll(async () => {
  vi.stubGlobal('window', globalThis);
  candidates = await import('./candidates.ts');
});

function job(id: string, state: TrainJobView['state'], more: Partial<TrainJobView> = {}): TrainJobView {
  return { id, state, attempt: state === 'waiting' ? 0 : 1, name: null, spec: { epochs: 20 }, ...more } as TrainJobView;
}

test('jobs that ended otherwise than completed are looked at once, a running one until it has a checkpoint', () => {
  const jobs = [job('j5', 'waiting'), job('j4', 'active'), job('j3', 'failed'), job('j2', 'completed')];
  const open = (known: Record<string, boolean>) =>
    candidates.openQuestions(jobs, new Map(Object.entries(known))).map(({ id }) => id);
  expect(open({})).toEqual(['j4', 'j3']);
  expect(open({ j4: false, j3: false })).toEqual(['j4']);
  expect(open({ j4: true, j3: true })).toEqual([]);
});

test('the job that trains now comes before the latest that completed', () => {
  const [failed, done, older] = [job('j3', 'failed'), job('j2', 'completed'), job('j0', 'completed')];
  expect(candidates.defaultOf([failed, done, job('j1', 'active'), older])?.id).toBe('j1');
  expect(candidates.defaultOf([failed, done, older])?.id).toBe('j2');
  expect(candidates.defaultOf([failed])?.id).toBe('j3');
  expect(candidates.defaultOf([])).toBeUndefined();
});

test('the picker says which job trains now', () => {
  expect(candidates.jobLabel(job('j1', 'active', { name: 'long run' }))).toBe('long run · 20 epochs · training now');
  expect(candidates.jobLabel(job('j1', 'cancelled'))).toBe('j1 · 20 epochs · cancelled');
});
