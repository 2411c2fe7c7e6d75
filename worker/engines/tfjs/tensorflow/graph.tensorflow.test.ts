/** A graph does what its steps do op by op, to the bit. */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { sha256OfTensors } from '../../../../shared/checkpoints/tensors.ts';
import type { EngineDemand } from '../../../../shared/engines.ts';
import { HEADS, Optimizer } from '../../../../shared/jobs.ts';
import type { Engine } from '../../engine.ts';
import { HAS_TENSORFLOW } from '../../testing/engines-here.ts';
import { type Reference, range, readReference } from '../../testing/reference.ts';
import { createEagerExecutor } from '../eager-executor.ts';
import { EVALUATION_BATCH, type Executor } from '../executor.ts';
import { createTfjsEngine } from '../tfjs-engine.ts';
import { BACKEND, type Binding, deviceOf, type NodeBackend, openBackend, ownProperties } from './binding.ts';
import { STEPS_AT_ONCE } from './steps-at-once.ts';
import { createTensorflowEngine } from './tensorflow-engine.ts';
import { counting, countingTensors, listening } from './testing/watched-binding.ts';
import { NotTraceable, trace } from './trace.ts';
import { withFallback } from './with-fallback.ts';

const DEMANDS: EngineDemand[] = [
  ...HEADS.map((head) => demand({ head })),
  demand({ batchSize: 7 }),
  demand({ batchSize: 200 }),
  demand({ optimizer: Optimizer.parse({ momentum: 0.9, nesterov: true, weightDecay: 1e-2 }) }),
  demand({ optimizer: Optimizer.parse({ type: 'adam', weightDecay: 1e-2 }) }),
];

function demand(change: Partial<EngineDemand>): EngineDemand {
  const optimizer = Optimizer.parse({ learningRate: 0.05 });
  return { model: 'lenet5', head: 'tanh', optimizer, batchSize: 16, ...change };
}

describe.runIf(HAS_TENSORFLOW)('a graph', () => {
  let backend: NodeBackend;
  let reference: Reference;
  let graphs: Engine;
  let eager: Engine;

  beforeAll(async () => {
    reference = await readReference();
    backend = openBackend();
    graphs = await createTensorflowEngine({ threads: 1 });
    eager = opByOp(createEagerExecutor(BACKEND));
    for (const engine of [graphs, eager]) engine.loadImages('train', reference.images);
  });
  afterAll(() => {
    graphs.close();
    eager.close();
  });

  /** Unrolled steps, single ones, and a short batch. */
  async function results(engine: Engine, asked: EngineDemand) {
    engine.begin(asked, reference.init);
    const steps = await engine.trainSteps(range(0, 313));
    const evaluation = await engine.evaluate('train', range(10, 10 + EVALUATION_BATCH));
    return { steps, evaluation, state: sha256OfTensors(engine.exportState()) };
  }

  test.each(DEMANDS)('gives the bits that its steps give op by op: $head, $batchSize, $optimizer', async (asked) => {
    expect(await results(graphs, asked)).toEqual(await results(eager, asked));
  });

  test('is made anew if it was not kept, once there is room for it, and is fed the learning rate', async () => {
    const happened: ('opened' | 'closed')[] = [];
    const opened = () => happened.filter((what) => what === 'opened');
    const { binding } = backend;
    backend.binding = listening(binding, (what) => happened.push(what));
    try {
      const asked = demand({ batchSize: 24 });
      const first = await results(graphs, asked);
      expect(opened()).toHaveLength(1);
      const faster = { ...asked, optimizer: Optimizer.parse({ learningRate: 0.1 }) };
      expect(await results(graphs, faster)).toEqual(await results(eager, faster));
      expect(await results(graphs, asked)).toEqual(first);
      expect(opened()).toHaveLength(1);
      for (const batchSize of [25, 26, 27]) graphs.begin(demand({ batchSize }), reference.init);
      expect(await results(graphs, asked)).toEqual(first);
      expect(opened()).toHaveLength(5);
      expect(happened.slice(-4)).toEqual(['closed', 'opened', 'closed', 'opened']);
    } finally {
      backend.binding = binding;
    }
  });

  test('is computed in mixed precision where TF_MIXED_PRECISION says so and the CPU has it', async () => {
    const asked = demand({ batchSize: 9 });
    const whole = await results(eager, asked);
    vi.stubEnv('TF_MIXED_PRECISION', 'bfloat16');
    try {
      const mixed = await results(graphs, asked);
      for (const [step, loss] of mixed.steps.lossSums.entries()) {
        expect(Math.abs(loss / (whole.steps.lossSums[step] as number) - 1)).toBeLessThan(0.01);
      }
      const hasBfloat16 = readFileSync('/proc/cpuinfo', 'utf8').includes('avx512_bf16');
      if (hasBfloat16) expect(mixed.state).not.toBe(whole.state);
      // As a run that is bound to multiples calls it, however long its calls, and wherever it was interrupted between two.
      graphs.begin(asked, reference.init);
      const images = asked.batchSize * graphs.stepsAtOnce;
      for (let first = 0; first < 313; first += images) {
        await graphs.trainSteps(range(first, Math.min(first + images, 313)));
        graphs.importState(graphs.exportState());
      }
      expect(sha256OfTensors(graphs.exportState())).toBe(mixed.state);
      vi.stubEnv('TF_MIXED_PRECISION', 'half');
      expect(() => graphs.begin(demand({ batchSize: 30 }), reference.init)).toThrow(
        'TF_MIXED_PRECISION is "half". Allowed: float16, bfloat16',
      );
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test('leaves no tensor behind, neither of tfjs nor of TensorFlow', async () => {
    const asked = demand({ batchSize: 28 });
    const { numTensors } = tf.memory();
    const { binding } = backend;
    const living = new Set<number>();
    backend.binding = countingTensors(binding, living);
    try {
      await results(graphs, asked);
    } finally {
      backend.binding = binding;
    }
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(living.size).toBe(0);
  });

  test('makes many steps a call, and passes neither images nor parameters once it has them', async () => {
    const { binding } = backend;
    const passed = { graphs: 0, ops: 0, bytes: 0 };
    backend.binding = counting(binding, passed);
    try {
      const engine = await createTensorflowEngine({ threads: 1 });
      engine.loadImages('train', reference.images);
      engine.begin(demand({ batchSize: 16 }), reference.init);
      const images = range(0, 320);
      await engine.trainSteps(images);
      await engine.evaluate('train', images);
      // of the images there are 328 kB, of the parameters 247 kB
      expect(passed.bytes).toBeGreaterThan(500_000);
      Object.assign(passed, { graphs: 0, ops: 0, bytes: 0 });
      await engine.trainSteps(images);
      const atOnce = STEPS_AT_ONCE[deviceOf(backend)];
      expect(passed).toMatchObject({ graphs: Math.floor(20 / atOnce) + (20 % atOnce), ops: 0 });
      passed.graphs = 0;
      await engine.evaluate('train', images);
      expect(passed).toMatchObject({ graphs: Math.ceil(320 / EVALUATION_BATCH), ops: 0 });
      expect(passed.bytes).toBeLessThan(50_000);
      engine.close();
    } finally {
      backend.binding = binding;
    }
  });

  test('cannot be made of what reads a value on the way', () => {
    const x = tf.tensor1d([1, 2]);
    expect(() => trace(backend, [x], () => [tf.mul(x, tf.sum(x).dataSync()[0] as number)])).toThrow(
      new NotTraceable('it reads a value'),
    );
    x.dispose();
  });

  test('that TensorFlow refuses leaves its steps to run op by op, and one that is kept as it is', async () => {
    const { binding } = backend;
    const say = vi.fn();
    const engine = await createTensorflowEngine({ threads: 1, say });
    engine.loadImages('train', reference.images);
    const [kept, asked] = [demand({ batchSize: 16 }), demand({ batchSize: 31 })];
    const ofKept = await results(engine, kept);
    let fault = "Failed to load SavedModel: No attr named 'T' in NodeDef:\n\t [[MatMul_0]]";
    const refusing: Partial<Binding> = {
      loadSavedModel() {
        throw new Error(fault);
      },
    };
    backend.binding = { ...ownProperties(binding), ...refusing };
    try {
      expect(await results(engine, asked)).toEqual(await results(eager, asked));
      expect(say.mock.calls).toEqual([
        [expect.stringMatching(/op by op, .*: TensorFlow refuses it: No attr named 'T' in NodeDef:$/)],
      ]);
      fault = 'Failed to load SavedModel: OOM when allocating tensor';
      expect(() => engine.begin(asked, reference.init)).toThrow(fault);
      await expect(engine.trainSteps(range(0, 16))).rejects.toThrow('no run has begun');
      expect(await results(engine, kept)).toEqual(ofKept);
    } finally {
      backend.binding = binding;
      engine.close();
    }
  });

  test('of which none can be made leaves its steps to run op by op, which each run says once', async () => {
    const graph: Executor = {
      ...createEagerExecutor(BACKEND),
      begin: () => {
        throw new NotTraceable('it reads a value');
      },
    };
    const say = vi.fn();
    const engine = opByOp(withFallback(graph, createEagerExecutor(BACKEND), say));
    engine.loadImages('train', reference.images);
    for (const asked of DEMANDS.slice(0, 2)) {
      expect(await results(engine, asked)).toEqual(await results(eager, asked));
      expect(say.mock.calls).toEqual([
        ['a training step runs op by op, because no graph can be made of it: it reads a value'],
      ]);
      say.mockClear();
    }
    engine.close();
  });
});

function opByOp(executor: Executor): Engine {
  return createTfjsEngine({ name: 'tensorflow', device: 'cpu', stepsAtOnce: 1 }, executor);
}
