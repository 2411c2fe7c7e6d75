/** Pools of workers, each on queues of its own. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { liveWorkers } from '../shared/workers.ts';
import { startYard, type Yard } from './testing/yard.ts';

let yard: Yard;
beforeEach(async () => {
  yard = await startYard();
});
afterEach(() => yard.close());

it('a worker takes jobs from the queues of WORKER_QUEUES alone', async () => {
  await yard.worker('evaluator', { WORKER_QUEUES: 'eval' });
  const id = await yard.submit({ epochs: 1, trainSize: 32, validationSize: 16 });
  await yard.worker('trainer', { WORKER_QUEUES: 'train-cpu' });
  const { attempts } = await yard.ended(id);
  expect(attempts.map(({ worker }) => worker)).toEqual(['trainer']);
  const served = (await liveWorkers(yard.redis)).map(({ name, queues }) => [name, queues]);
  expect(Object.fromEntries(served)).toEqual({ evaluator: ['eval'], trainer: ['train-cpu'] });
});
