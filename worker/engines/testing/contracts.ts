/** The part of the battery that needs no numbers from elsewhere: what engine.ts promises. */
import { describe, expect, test } from 'vitest';
import { sha256OfTensors } from '../../../shared/checkpoints/tensors.ts';
import type { EngineDemand } from '../../../shared/engines.ts';
import { plainSgd } from '../../../shared/jobs.ts';
import type { CreateEngine, Engine } from '../engine.ts';
import { copyState } from './gradient-check.ts';
import { type Reference, range } from './reference.ts';

interface Subject {
  engine: Engine;
  createEngine: CreateEngine;
  reference: Reference;
  demand(change?: Partial<EngineDemand>): EngineDemand;
}

/** @param subject asked once the hooks of the surrounding suite have run */
export function describeContracts(subject: () => Subject): void {
  describe('evaluation', () => {
    test('leaves the state alone', async () => {
      const { engine, reference, demand } = subject();
      engine.begin(demand(), reference.init);
      await engine.evaluate('train', range(0, 33));
      expect(sha256OfTensors(engine.exportState())).toBe(sha256OfTensors(reference.init));
    });

    test('takes any number of images, in any order', async () => {
      const { engine, reference, demand } = subject();
      engine.begin(demand({ batchSize: 7 }), reference.init);
      await engine.trainSteps(range(0, 300));
      const all = await engine.evaluate('train', range(0, 320));
      for (const [from, to] of [
        [0, 0],
        [5, 6],
        [3, 16],
        [17, 50],
        [0, 257],
      ] as const) {
        const part = await engine.evaluate('train', range(from, to).reverse());
        expect([...part.predictions].reverse()).toEqual([...all.predictions.subarray(from, to)]);
        const others = [...range(0, from), ...range(to, 320)];
        const rest = await engine.evaluate('train', Uint32Array.from(others));
        expect(Math.abs(part.lossSum + rest.lossSum - all.lossSum) / 320).toBeLessThan(1e-6);
      }
    });

    test('reads the image set it is told, also after that was replaced by a larger one', async () => {
      const { createEngine, reference, demand } = subject();
      const engine = await createEngine({ threads: 1 });
      const { images, labels } = reference.images;
      const part = (from: number, to: number) => ({
        count: to - from,
        images: images.subarray(from * 1024, to * 1024),
        labels: labels.subarray(from, to),
      });
      engine.loadImages('train', reference.images);
      engine.begin(demand(), reference.init);
      const expected = await engine.evaluate('train', range(100, 130));
      engine.loadImages('train', part(0, 10));
      engine.loadImages('test', part(100, 130));
      expect(await engine.evaluate('test', range(0, 30))).toEqual(expected);
      engine.loadImages('test', part(90, 320));
      engine.loadImages('train', reference.images);
      expect(await engine.evaluate('test', range(10, 40))).toEqual(expected);
      expect(await engine.evaluate('train', range(100, 130))).toEqual(expected);
      engine.close();
    });
  });

  describe('state', () => {
    test('comes out as it went in, to the bit, and is a copy', async () => {
      const { engine, reference, demand } = subject();
      engine.begin(demand(), reference.init);
      const out = engine.exportState();
      expect([...out.keys()]).toEqual([...reference.init.keys()]);
      expect(sha256OfTensors(out)).toBe(sha256OfTensors(reference.init));
      for (const { data } of out.values()) data.fill(1);
      expect(sha256OfTensors(engine.exportState())).toBe(sha256OfTensors(reference.init));
      engine.importState(reference.afterStep1);
      expect(sha256OfTensors(engine.exportState())).toBe(sha256OfTensors(reference.afterStep1));
    });

    test('carries a run on in another engine, to the same bits as if undisturbed', async () => {
      const { engine, createEngine, reference, demand } = subject();
      const spec = demand({ batchSize: 12, optimizer: plainSgd(0.05) });
      engine.begin(spec, reference.init);
      const undisturbed = await engine.trainSteps(range(0, 320));
      const end = engine.exportState();

      engine.begin(spec, reference.init);
      await engine.trainSteps(range(0, 12 * 9));
      const other = await createEngine({ threads: 1 });
      other.loadImages('train', reference.images);
      other.begin(spec, engine.exportState());
      const rest = await other.trainSteps(range(12 * 9, 320));
      expect(sha256OfTensors(other.exportState())).toBe(sha256OfTensors(end));
      expect(rest.lossSums).toEqual(undisturbed.lossSums.subarray(9));
      other.close();
    });

    test('that diverged shows in the loss', async () => {
      const { engine, reference, demand } = subject();
      const broken = copyState(reference.init);
      broken.get('conv2.bias')?.data.fill(Number.NaN);
      engine.begin(demand(), broken);
      expect((await engine.evaluate('train', range(0, 9))).lossSum).toBeNaN();
      expect((await engine.trainSteps(range(0, 16))).lossSums[0]).toBeNaN();
    });

    test('that does not fit is refused, naming the tensor', () => {
      const { engine, reference, demand } = subject();
      const missing = copyState(reference.init);
      missing.delete('fc2.bias');
      expect(() => engine.begin(demand(), missing)).toThrow(/^tensor fc2\.bias is missing/);
      const unknown = copyState(reference.init).set('fc4.bias', { shape: [1], data: new Float32Array(1) });
      expect(() => engine.begin(demand(), unknown)).toThrow(/^tensor fc4\.bias is unknown/);
      const turned = copyState(reference.init);
      turned.set('fc1.weight', { shape: [400, 120], data: new Float32Array(48_000) });
      expect(() => engine.begin(demand(), turned)).toThrow('fc1.weight has shape [400,120], expected [120,400]');
      expect(() => engine.begin(demand(), turned)).toThrow(RangeError);
    });
  });

  describe('training', () => {
    test('takes the largest batch of a spec', async () => {
      const { engine, reference, demand } = subject();
      engine.begin(demand({ batchSize: 1024, optimizer: plainSgd(0.1) }), reference.init);
      const { lossSums } = await engine.trainSteps(range(0, 1600).map((i) => i % 320));
      expect(lossSums).toHaveLength(2);
      expect((lossSums[1] ?? Number.NaN) / 576).toBeLessThan((lossSums[0] ?? Number.NaN) / 1024);
    });

    test('of no images does nothing', async () => {
      const { engine, reference, demand } = subject();
      engine.begin(demand(), reference.init);
      expect((await engine.trainSteps(range(0, 0))).lossSums).toHaveLength(0);
      expect(sha256OfTensors(engine.exportState())).toBe(sha256OfTensors(reference.init));
    });

    test('refuses an index outside the image set, and leaves the state alone', async () => {
      const { engine, reference, demand } = subject();
      engine.begin(demand(), reference.init);
      await expect(engine.trainSteps(range(300, 321))).rejects.toThrow(
        new RangeError('index 320 is outside image set train, which has 320 images'),
      );
      await expect(engine.evaluate('train', range(319, 330))).rejects.toThrow(RangeError);
      expect(sha256OfTensors(engine.exportState())).toBe(sha256OfTensors(reference.init));
    });

    test('refuses images and labels that are not what they say', async () => {
      const { createEngine, reference, demand } = subject();
      const engine = await createEngine({ threads: 1 });
      const { images, labels } = reference.images;
      expect(() => engine.loadImages('test', { count: 321, images, labels })).toThrow(/^image set test: 327680 bytes/);
      const loadMislabelled = () => engine.loadImages('test', { count: 320, images, labels: labels.map(() => 10) });
      const why = 'image set test: image 0 has label 10, expected 0 to 9';
      expect(() => {
        loadMislabelled();
        engine.begin(demand(), reference.init);
      }).toThrow(why);
      engine.loadImages('test', reference.images);
      engine.begin(demand(), reference.init);
      expect(loadMislabelled, 'during a run').toThrow(why);
      engine.close();
    });
  });
}
