/** What every engine must pass: agreement with PyTorch, gradients, and the promises of engine.ts. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256OfTensors, type Tensors } from '../../shared/checkpoints/tensors.ts';
import type { EngineDemand } from '../../shared/engines.ts';
import { type EngineName, HEADS, plainSgd } from '../../shared/jobs.ts';
import type { CreateEngine, Engine } from './engine.ts';
import { describeContracts } from './testing/contracts.ts';
import { assertGradients, measuredGradients } from './testing/gradient-check.ts';
import { describeOptimizers } from './testing/optimizers.ts';
import { REFERENCE_BATCH, REFERENCE_IMAGES, type Reference, range, readReference } from './testing/reference.ts';
import { largestDifference } from './testing/states.ts';

export function describeEngine(name: EngineName, createEngine: CreateEngine): void {
  describe(`engine ${name}`, () => {
    let engine: Engine;
    let reference: Reference;

    beforeAll(async () => {
      reference = await readReference();
      engine = await createEngine({ threads: 1 });
      engine.loadImages('train', reference.images);
    });
    afterAll(() => engine.close());

    const demand = (change: Partial<EngineDemand> = {}): EngineDemand => ({
      model: 'lenet5',
      head: 'tanh',
      optimizer: plainSgd(reference.learningRate),
      batchSize: REFERENCE_BATCH,
      ...change,
    });

    describe('agrees with PyTorch', () => {
      test('on the classes of the first batch', async () => {
        engine.begin(demand(), reference.init);
        const { predictions } = await engine.evaluate('train', range(0, REFERENCE_BATCH));
        const classes = [...predictions].map((_, image) => {
          const outputs = reference.firstOutputs.subarray(image * 10, image * 10 + 10);
          return outputs.indexOf(Math.max(...outputs));
        });
        expect([...predictions]).toEqual(classes);
      });

      test('on the gradients of step 1, within 2e-6', async () => {
        const gradients = await measuredGradients(engine, 'tanh', reference.init, range(0, REFERENCE_BATCH));
        expect(largestDifference(gradients, reference.firstGradients)).toBeLessThan(2e-6);
      });

      test('on the state after step 1, within 1e-7', async () => {
        engine.begin(demand(), reference.init);
        await engine.trainSteps(range(0, REFERENCE_BATCH));
        expect(largestDifference(engine.exportState(), reference.afterStep1)).toBeLessThan(1e-7);
      });

      test('on the losses of 20 steps, within 1e-5, and on the state after them, within 1e-6', async () => {
        engine.begin(demand(), reference.init);
        const { lossSums } = await engine.trainSteps(range(0, REFERENCE_IMAGES));
        expect(lossSums).toHaveLength(20);
        const errors = [...reference.losses].map((loss, step) =>
          Math.abs((lossSums[step] ?? Number.NaN) / REFERENCE_BATCH - loss),
        );
        expect(Math.max(...errors)).toBeLessThan(1e-5);
        expect(largestDifference(engine.exportState(), reference.afterStep20)).toBeLessThan(1e-6);
      });
    });

    describe('has gradients that agree with central differences of its loss', () => {
      test.each(HEADS)('head %s', async (head) => {
        await assertGradients(engine, head, reference.init, range(0, 64));
      });
    });

    describe.each([1, 7, 8, 16, 100])('with batches of %i', (batchSize) => {
      test('has as gradient the mean over the single images', async () => {
        const whole = await measuredGradients(engine, 'tanh', reference.init, range(0, batchSize));
        const mean: Tensors = new Map(
          [...whole].map(([tensor, { shape, data }]) => [tensor, { shape, data: new Float32Array(data.length) }]),
        );
        for (let image = 0; image < batchSize; image++) {
          const single = await measuredGradients(engine, 'tanh', reference.init, range(image, image + 1));
          for (const [tensor, { data }] of mean) {
            single.get(tensor)?.data.forEach((value, i) => {
              data[i] = (data[i] ?? 0) + value / batchSize;
            });
          }
        }
        expect(largestDifference(whole, mean)).toBeLessThan(2e-6);
      });

      test('gives the same bits in one call as in many, the last batch shorter', async () => {
        // of small batches no more than make several calls of many steps, and some of one
        const images = Math.min(40 * batchSize + 1, REFERENCE_IMAGES - 3);
        const indices = range(0, images).map((i) => (i * 7) % REFERENCE_IMAGES);
        engine.begin(demand({ batchSize }), reference.init);
        const together = await engine.trainSteps(indices);
        const stateTogether = sha256OfTensors(engine.exportState());
        expect(together.lossSums).toHaveLength(Math.ceil(indices.length / batchSize));

        engine.begin(demand({ batchSize }), reference.init);
        const lossSums: number[] = [];
        const correct: number[] = [];
        for (let first = 0; first < indices.length; first += batchSize) {
          const step = await engine.trainSteps(indices.slice(first, first + batchSize));
          lossSums.push(...step.lossSums);
          correct.push(...step.correct);
        }
        expect(sha256OfTensors(engine.exportState())).toBe(stateTogether);
        expect(lossSums).toEqual([...together.lossSums]);
        expect(correct).toEqual([...together.correct]);
      });

      test('reports of a step what evaluation says before it', async () => {
        engine.begin(demand({ batchSize }), reference.init);
        await engine.trainSteps(range(0, 50));
        const batch = range(100, 100 + batchSize);
        const { lossSum, predictions } = await engine.evaluate('train', batch);
        const step = await engine.trainSteps(batch);
        const hits = batch.filter((image, i) => reference.images.labels[image] === predictions[i]);
        expect(Math.abs((step.lossSums[0] ?? Number.NaN) - lossSum) / batchSize).toBeLessThan(1e-6);
        expect([...step.correct]).toEqual([hits.length]);
      });
    });

    describeOptimizers(() => ({ engine, createEngine, reference }));
    describeContracts(() => ({ engine, createEngine, reference, demand }));
  });
}
