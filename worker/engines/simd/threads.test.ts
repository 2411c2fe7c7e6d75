/** Threads share the work, and have no part in the result. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sha256OfTensors } from '../../../shared/checkpoints/tensors.ts';
import { Optimizer } from '../../../shared/jobs.ts';
import { packageFile } from '../../../shared/package-root.ts';
import { until } from '../../../shared/testing/processes.ts';
import type { Engine } from '../engine.ts';
import { type Reference, range, readReference } from '../testing/reference.ts';
import { startHelpers } from './helpers.ts';
import { compileKernel, createMemory, type KernelExports } from './kernel.ts';
import { createSimdEngine } from './simd-engine.ts';

const reference = await readReference();

async function withThreads<T>(threads: number, use: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = await createSimdEngine({ threads });
  engine.loadImages('train', reference.images);
  try {
    return await use(engine);
  } finally {
    engine.close();
  }
}

async function bitsOf(engine: Engine, { init }: Reference, batchSize: number) {
  const optimizer = Optimizer.parse({ learningRate: 0.05, momentum: 0.9 });
  engine.begin({ model: 'lenet5', head: 'tanh', optimizer, batchSize }, init);
  const steps = [];
  for (let epoch = 0; epoch < 3; epoch++) steps.push(await engine.trainSteps(range(0, 317)));
  const evaluation = await engine.evaluate('train', range(0, 320));
  return { state: sha256OfTensors(engine.exportState()), steps, evaluation };
}

test.each([1, 8, 16, 40, 64, 200])('batches of %i give the same bits on any number of threads', async (batchSize) => {
  const one = await withThreads(1, (engine) => bitsOf(engine, reference, batchSize));
  for (const threads of [2, 3, 4, 8]) {
    const more = await withThreads(threads, (engine) => bitsOf(engine, reference, batchSize));
    expect(more, `${threads} threads`).toEqual(one);
  }
});

test('a large step is divided: it answers messages between its parts, and gives the bits of one that is whole', async () => {
  const images = (count: number) => Uint32Array.from({ length: count }, (_, i) => (i * 7) % 320);
  const bitsOn = (threads: number) =>
    withThreads(threads, async (engine) => {
      engine.begin({ model: 'lenet5', head: 'tanh', optimizer: Optimizer.parse({}), batchSize: 1024 }, reference.init);
      let turns = 0;
      let next = setImmediate(function count() {
        turns++;
        next = setImmediate(count);
      });
      const first = await engine.trainSteps(images(1024));
      clearImmediate(next);
      const shorter = await engine.trainSteps(images(600));
      return { turns, bits: { first, shorter, state: sha256OfTensors(engine.exportState()) } };
    });
  const whole = await bitsOn(8);
  expect(whole.turns, 'eight threads take the eight shards at once').toBe(0);
  for (const threads of [1, 2, 3]) {
    const { turns, bits } = await bitsOn(threads);
    expect(bits, `${threads} threads`).toEqual(whole.bits);
    expect(turns, `${threads} threads`).toBeGreaterThan(0);
  }
});

/** The bare kernels, with so many helpers. */
async function withHelpers(count: number, use: (bare: Awaited<ReturnType<typeof startBare>>) => unknown) {
  const bare = await startBare(count);
  const gone = bare.started.map((helper) => once(helper, 'exit'));
  await use(bare);
  bare.kernel.dismiss();
  expect(await Promise.all(gone)).toEqual(bare.started.map(() => [0]));
}

async function startBare(count: number) {
  const module = await compileKernel('lenet5.wasm');
  const memory = createMemory();
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  const kernel = exports as KernelExports & Record<'mapsAddress' | 'mapBytes' | 'sleepersAddress', WebAssembly.Global>;
  memory.grow(1024);
  kernel.initialise();
  const { started } = await startHelpers(module, memory, count);
  const images = Number(kernel.imagesAddress.value);
  return {
    kernel,
    memory,
    started,
    train: (batch: number) => kernel.trainSteps(images, images, 1024, batch, 1, 1 + count),
  };
}

test('a helper takes part in the work, and goes when it is dismissed', async () => {
  await withHelpers(1, ({ kernel, memory, train }) => {
    // where it keeps the maps of the images that it is at
    const ofHelper = Number(kernel.mapsAddress.value) + Number(kernel.mapBytes.value);
    const maps = new Uint32Array(memory.buffer, ofHelper, Number(kernel.mapBytes.value) / 4);
    const isUntouched = () => maps.every((word) => word === 0);
    expect(isUntouched()).toBe(true);
    // on a busy machine it may come too late for some calls
    for (let call = 0; call < 200 && isUntouched(); call++) train(1024);
    expect(isUntouched()).toBe(false);
  });
});

test('all helpers sleep between calls, those too for whom a call has no part', async () => {
  await withHelpers(7, async ({ kernel, memory, train }) => {
    const sleepers = new Int32Array(memory.buffer, Number(kernel.sleepersAddress.value), 1);
    const allSleep = () => until(() => sleepers[0] === 7, { what: 'all helpers sleep', everyMs: 1 });
    await allSleep();
    for (let call = 0; call < 3; call++) {
      // each step has three parts
      train(24);
      await allSleep();
    }
  });
});

test('an engine takes no more threads than it has parts of a step for, and leaves none when it is closed', async () => {
  const threads = () => readdirSync('/proc/self/task').length;
  await withThreads(1, async () => {});
  const before = threads();
  await withThreads(64, async () => {
    expect(threads()).toBeGreaterThanOrEqual(before + 7);
    expect(threads()).toBeLessThan(before + 32);
  });
  await until(() => threads() <= before, { what: 'its threads are gone', everyMs: 5 });
});

test('a thread that breaks off ends the process, instead of being waited for', () => {
  const script = `
    import { readFileSync } from 'node:fs';
    const { compileKernel, createKernel } = await import(process.argv[1]);
    const kernel = await createKernel(await compileKernel('lenet5.wasm'), 2, () => {});
    // a whole shard for the caller, and images that are nowhere for the helper
    const indices = Uint32Array.from({ length: 1024 }, (_, i) => (i < 128 ? 0 : 4_000_000));
    kernel.loadImages('train', { count: 1, images: new Uint8Array(1024), labels: new Uint8Array(1) });
    kernel.trainSteps(kernel.region('train'), indices, { batchSize: 1024, tanhHead: true, threads: 2 });
  `;
  const kernel = packageFile('dist/worker/engines/simd/kernel.js');
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script, kernel], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  expect(stderr).toMatch(/RuntimeError: (unreachable|memory access out of bounds)/);
  expect(status).toBe(1);
});
