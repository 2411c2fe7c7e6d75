import { expect, it } from 'vitest';
import type { WorkerView } from '../../../../shared/workers.ts';
import { shownQueues } from './shown-queues.ts';

const empty = { waiting: 0, active: 0, delayed: 0, paused: false };
const cpu = { name: 'train-cpu' as const, ...empty };
const gpu = { name: 'train-gpu' as const, ...empty };
const worker = (...queues: WorkerView['queues']) => ({ queues }) as WorkerView;

it('a queue is shown if it holds a job, if a worker takes it, or if there is no worker', () => {
  expect(shownQueues([cpu, gpu], [worker('train-cpu', 'eval')])).toEqual([cpu]);
  expect(shownQueues([cpu, gpu], [worker('train-cpu'), worker('train-gpu')])).toEqual([cpu, gpu]);
  for (const some of [{ waiting: 1 }, { active: 1 }, { delayed: 1 }, { paused: true }]) {
    const busy = { ...gpu, ...some };
    expect(shownQueues([cpu, busy], [worker('train-cpu')])).toEqual([cpu, busy]);
  }
  expect(shownQueues([cpu, gpu], [])).toEqual([cpu, gpu]);
});
