/** Gradients against central differences of the loss: needs no reference, so it serves any model and head. */

import type { Tensors } from '../../../shared/checkpoints/tensors.ts';
import type { EngineDemand } from '../../../shared/engines.ts';
import { plainSgd } from '../../../shared/jobs.ts';
import type { Engine } from '../engine.ts';
import { withEngine } from '../with-engine.ts';

/**
 * Wide enough that the loss moves by far more than float32's error in it (about 1e-8 for a mean of 64 images),
 * narrow enough that its curvature does not show.
 */
const DISTANCE = 0.02;
const SAMPLES = 8;
/** Of the sampled gradients of a tensor, ‖measured − numeric‖ / ‖numeric‖; correct engines stay well below. */
export const GRADIENT_TOLERANCE = 0.002;

export function copyState(state: Tensors): Tensors {
  return new Map([...state].map(([name, { shape, data }]) => [name, { shape: [...shape], data: data.slice() }]));
}

/** init − state after one step of learning rate 1, on all indices as one batch: the gradient of the mean loss. */
export async function measuredGradients(
  engine: Engine,
  head: EngineDemand['head'],
  init: Tensors,
  indices: Uint32Array,
): Promise<Tensors> {
  const optimizer = plainSgd(1);
  engine.begin({ model: 'lenet5', head, optimizer, batchSize: indices.length }, init);
  await engine.trainSteps(indices);
  const after = engine.exportState();
  return new Map(
    [...init].map(([name, { shape, data }]) => {
      const end = after.get(name)?.data ?? data;
      return [name, { shape, data: data.map((value, i) => value - (end[i] ?? Number.NaN)) }];
    }),
  );
}

/** Relative error of each tensor's gradient, sampled at places spread evenly over it. */
export async function gradientErrors(
  engine: Engine,
  head: EngineDemand['head'],
  init: Tensors,
  indices: Uint32Array,
): Promise<Map<string, number>> {
  const gradients = await measuredGradients(engine, head, init, indices);
  const errors = new Map<string, number>();
  for (const [name, { data }] of gradients) {
    let difference = 0;
    let norm = 0;
    const samples = Math.min(SAMPLES, data.length);
    for (let sample = 0; sample < samples; sample++) {
      const place = Math.floor(((sample + 0.5) * data.length) / samples);
      const numeric = await centralDifference(engine, init, name, place, indices);
      difference += ((data[place] ?? Number.NaN) - numeric) ** 2;
      norm += numeric ** 2;
    }
    errors.set(name, Math.sqrt(difference / norm));
  }
  return errors;
}

async function centralDifference(
  engine: Engine,
  init: Tensors,
  name: string,
  place: number,
  indices: Uint32Array,
): Promise<number> {
  const meanLossAt = async (offset: number): Promise<{ loss: number; value: number }> => {
    const moved = copyState(init);
    const data = moved.get(name)?.data ?? new Float32Array();
    data[place] = (data[place] ?? Number.NaN) + offset;
    engine.importState(moved);
    const { lossSum } = await engine.evaluate('train', indices);
    return { loss: lossSum / indices.length, value: data[place] ?? Number.NaN };
  };
  const above = await meanLossAt(DISTANCE);
  const below = await meanLossAt(-DISTANCE);
  return (above.loss - below.loss) / (above.value - below.value);
}

/** @throws Error naming each tensor whose gradient is off */
export async function assertGradients(
  engine: Engine,
  head: EngineDemand['head'],
  init: Tensors,
  indices: Uint32Array,
): Promise<void> {
  const errors = await gradientErrors(engine, head, init, indices);
  const wrong = [...errors].filter(([, error]) => !(error < GRADIENT_TOLERANCE));
  if (wrong.length > 0) {
    throw new Error(
      `wrong gradients: ${wrong.map(([name, error]) => `${name} by ${error.toPrecision(3)}`).join(', ')}`,
    );
  }
}

/** The engine with one gradient lost: after every step the named tensor is what it was before. */
export function withFrozenTensor(engine: Engine, name: string): Engine {
  return withEngine(engine, {
    async trainSteps(indices) {
      const before = engine.exportState().get(name);
      const results = await engine.trainSteps(indices);
      const after = engine.exportState();
      if (before !== undefined) after.set(name, before);
      engine.importState(after);
      return results;
    },
  });
}
