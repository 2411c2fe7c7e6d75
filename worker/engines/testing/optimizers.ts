/**
 * The part of the battery for what an optimizer keeps and does: agreement with PyTorch (bench/optimizer_steps.py says
 * how its numbers were made), and states that go out and come in again.
 */
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { decodeSafetensors } from '../../../shared/checkpoints/safetensors.ts';
import { sha256OfTensors, type Tensor, type Tensors } from '../../../shared/checkpoints/tensors.ts';
import type { EngineDemand } from '../../../shared/engines.ts';
import { Optimizer } from '../../../shared/jobs.ts';
import { packageFile } from '../../../shared/package-root.ts';
import type { CreateEngine, Engine } from '../engine.ts';
import { copyState } from './gradient-check.ts';
import { REFERENCE_BATCH, REFERENCE_IMAGES, type Reference, range } from './reference.ts';

interface Subject {
  engine: Engine;
  createEngine: CreateEngine;
  reference: Reference;
}

/** By their names in the file of reference numbers. */
const RUNS: Record<string, Optimizer> = {
  momentum: Optimizer.parse({ learningRate: 0.01, momentum: 0.9 }),
  nesterov: Optimizer.parse({ learningRate: 0.01, momentum: 0.9, nesterov: true, weightDecay: 5e-4 }),
  'weight-decay': Optimizer.parse({ learningRate: 0.01, weightDecay: 1e-2 }),
  adam: Optimizer.parse({ type: 'adam' }),
  'adam-decay': Optimizer.parse({
    type: 'adam',
    learningRate: 0.002,
    beta1: 0.8,
    beta2: 0.95,
    epsilon: 1e-6,
    weightDecay: 1e-2,
  }),
};

/** Of its large tensors the file has every so many-th value. */
const STRIDE = 23;

/** @param subject asked once the hooks of the surrounding suite have run */
export function describeOptimizers(subject: () => Subject): void {
  describe.each(Object.entries(RUNS))('with the optimizer of run %s', (run, optimizer) => {
    const demand: EngineDemand = { model: 'lenet5', head: 'tanh', optimizer, batchSize: REFERENCE_BATCH };
    describeOptimizer(run, demand, subject);
  });
}

function describeOptimizer(run: string, demand: EngineDemand, subject: () => Subject): void {
  test('agrees with PyTorch on losses and states of 20 steps', async () => {
    const { engine, reference } = subject();
    const expected = await readRun(run);
    engine.begin(demand, reference.init);
    const first = await engine.trainSteps(range(0, REFERENCE_BATCH));
    assertState(engine.exportState(), expected, 'step1.', demand.optimizer);
    const rest = await engine.trainSteps(range(REFERENCE_BATCH, REFERENCE_IMAGES));
    assertState(engine.exportState(), expected, 'step20.', demand.optimizer);
    const losses = [...first.lossSums, ...rest.lossSums].map((sum) => sum / REFERENCE_BATCH);
    const errors = losses.map((loss, step) => Math.abs(loss - (expected.get('losses')?.data[step] ?? Number.NaN)));
    expect(errors).toHaveLength(20);
    expect(Math.max(...errors)).toBeLessThan(2e-6);
  });

  test('gives the same bits in one call as in many, and when another engine carries on after any of them', async () => {
    const { engine, createEngine, reference } = subject();
    const batch = (step: number) => range(step * REFERENCE_BATCH, (step + 1) * REFERENCE_BATCH);
    engine.begin(demand, reference.init);
    const together = await engine.trainSteps(range(0, 3 * REFERENCE_BATCH));
    const end = engine.exportState();

    const other = await createEngine({ threads: 1 });
    other.loadImages('train', reference.images);
    const lossSums: number[] = [];
    let state = reference.init;
    for (let step = 0; step < 3; step++) {
      const next = step % 2 === 0 ? other : engine;
      next.begin(demand, state);
      lossSums.push(...(await next.trainSteps(batch(step))).lossSums);
      state = next.exportState();
    }
    expect([...state.keys()]).toEqual([...end.keys()]);
    expect(sha256OfTensors(state)).toBe(sha256OfTensors(end));
    expect(lossSums).toEqual([...together.lossSums]);
    other.close();
  });

  test('begins afresh from parameters alone', async () => {
    const { engine, reference } = subject();
    engine.begin(demand, reference.init);
    await engine.trainSteps(range(0, 2 * REFERENCE_BATCH));
    const end = sha256OfTensors(engine.exportState());
    engine.importState(reference.init);
    await engine.trainSteps(range(0, 2 * REFERENCE_BATCH));
    expect(sha256OfTensors(engine.exportState())).toBe(end);
  });

  test('refuses a state that is not all its own, naming the tensor', () => {
    const { engine, reference } = subject();
    engine.begin(demand, reference.init);
    const state = engine.exportState();
    const begin = (name: string, tensor: Tensor | null) => () => {
      const changed = copyState(state);
      if (tensor === null) changed.delete(name);
      else changed.set(name, tensor);
      engine.begin(demand, changed);
    };
    const foreign = 'optimizer.max_exp_avg_sq.conv1.bias';
    expect(begin(foreign, { shape: [6], data: new Float32Array(6) })).toThrow(`tensor ${foreign} is unknown`);
    for (const name of [...state.keys()].filter((one) => one.startsWith('optimizer.'))) {
      expect(begin(name, null)).toThrow(new RegExp(`^tensor ${name} is missing`));
      expect(begin(name, { shape: [2], data: new Float32Array(2) })).toThrow(new RegExp(`^tensor ${name} has shape`));
    }
    const other = demand.optimizer.type === 'adam' ? RUNS.momentum : RUNS.adam;
    const leftOver = [...state.keys()].find((one) => one.startsWith('optimizer.'));
    if (other === undefined || leftOver === undefined) return;
    expect(() => engine.begin({ ...demand, optimizer: other }, state)).toThrow(`tensor ${leftOver} is unknown`);
  });

  if (demand.optimizer.type !== 'adam') return;
  test('counts steps as far as a float32 does, and takes no other count', async () => {
    const { engine, reference } = subject();
    engine.begin(demand, reference.init);
    await engine.trainSteps(range(0, 2 * REFERENCE_BATCH));
    const state = engine.exportState();
    const counter = 'optimizer.step';
    expect(state.get(counter)).toEqual({ shape: [1], data: Float32Array.of(2) });
    engine.begin(demand, new Map(state).set(counter, { shape: [1], data: Float32Array.of(2 ** 24) }));
    await engine.trainSteps(range(0, REFERENCE_BATCH));
    expect(engine.exportState().get(counter)?.data[0]).toBe(2 ** 24);
    for (const count of [0.5, -1, 2 ** 25, Number.NaN]) {
      const wrong = new Map(state).set(counter, { shape: [1], data: Float32Array.of(count) });
      expect(() => engine.begin(demand, wrong)).toThrow(
        new RangeError(`tensor ${counter} holds ${count}, expected a whole number from 0 to ${2 ** 24}`),
      );
    }
  });
}

async function readRun(run: string): Promise<Tensors> {
  const file = await readFile(packageFile('shared/testing/reference/optimizer_steps.safetensors'));
  const all = [...decodeSafetensors(file).tensors];
  const ofRun = all.filter(([name]) => name.startsWith(`${run}.`));
  return new Map(ofRun.map(([name, tensor]) => [name.slice(run.length + 1), tensor]));
}

/**
 * The optimizer's tensors agree to 5e-5 of the largest value among their like, parameters to 1e-6. Adam divides each
 * gradient by its own size: of one no larger than float32's error in it (1e-8), the sign itself is chance, and the
 * update may be any up to the learning rate. One value in two hundred may be such a one.
 */
function assertState(state: Tensors, expected: Tensors, prefix: string, optimizer: Optimizer): void {
  const names = [...expected.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  expect([...state.keys()].filter((name) => name !== 'optimizer.step').sort()).toEqual(names.sort());
  for (const [slot, ofSlot] of groupBySlot(names)) {
    const pairs = ofSlot.flatMap((name) => pairsOf(state.get(name), expected.get(prefix + name)));
    const errors = pairs.map(([found, wanted]) => Math.abs(found - wanted)).sort((a, b) => a - b);
    const tolerance = slot === 'parameters' ? 1e-6 : 5e-5 * Math.max(...pairs.map(([, wanted]) => Math.abs(wanted)));
    const chances = slot === 'parameters' && optimizer.type === 'adam' ? errors.length / 200 : 0;
    expect(errors.at(-1 - Math.floor(chances)), `${prefix}${slot}`).toBeLessThan(tolerance);
    if (chances > 0) expect(errors.at(-1), `${prefix}${slot}`).toBeLessThan(optimizer.learningRate);
  }
}

function groupBySlot(names: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const slot = /^optimizer\.(\w+)\./.exec(name)?.[1] ?? 'parameters';
    groups.set(slot, [...(groups.get(slot) ?? []), name]);
  }
  return groups;
}

function pairsOf(found: Tensor | undefined, wanted: Tensor | undefined): [number, number][] {
  if (!found || !wanted) throw new Error('a tensor is missing');
  const stride = found.data.length > wanted.data.length ? STRIDE : 1;
  return [...wanted.data].map((value, i) => [found.data[i * stride] ?? Number.NaN, value]);
}
