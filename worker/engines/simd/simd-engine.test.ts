import { expect, test, vi } from 'vitest';
import { sha256OfTensors } from '../../../shared/checkpoints/tensors.ts';
import { plainSgd } from '../../../shared/jobs.ts';
import { describeEngine } from '../engine-battery.ts';
import { range, readReference } from '../testing/reference.ts';
import { type Crew, createCrew } from './crew.ts';
import { createSimdEngine } from './simd-engine.ts';

vi.mock(import('./crew.ts'), { spy: true });

describeEngine('simd', createSimdEngine);

test('simd gives the very bits that it gave when this hash was taken, whatever machine, threads and Node version', async () => {
  const reference = await readReference();
  const engine = await createSimdEngine({ threads: 3 });
  engine.loadImages('train', reference.images);
  engine.begin({ model: 'lenet5', head: 'tanh', optimizer: plainSgd(0.1), batchSize: 100 }, reference.init);
  for (let epoch = 0; epoch < 3; epoch++) await engine.trainSteps(range(0, 320));
  expect(sha256OfTensors(engine.exportState())).toBe(
    '85517e975897db07db925c35450f88534bd718837777af3488e6fc3940af38d8',
  );
});

test('which number of threads is fastest a run finds out for itself: its batches may be of another size', async () => {
  const { images, init } = await readReference();
  const engine = await createSimdEngine({ threads: 2 });
  engine.loadImages('train', images);
  function crewOfRun(batchSize: number) {
    engine.begin({ model: 'lenet5', head: 'tanh', optimizer: plainSgd(0.1), batchSize }, init);
    return vi.mocked(createCrew).mock.results.at(-1)?.value as Crew;
  }
  const first = crewOfRun(8);
  first.measured(1, 1000, 1);
  first.measured(2, 1, 1);
  expect(first.threads()).toBe(1);

  const threads = vi.spyOn(crewOfRun(320), 'threads');
  await engine.trainSteps(range(0, 320));
  expect(threads).toHaveReturnedWith(2);
  engine.close();
});
