/** What `npm run bench` measures: which engines and libraries, in which processes, at which batch sizes, for how long. */

import type { EngineName } from '../../shared/jobs.ts';
import { packageFile } from '../../shared/package-root.ts';
import { TENSORFLOW_UNSET, trainerEnvironment } from '../../worker/trainer/environment.ts';
import type { Case } from '../measurer.ts';
import { IMAGES } from '../noise.ts';
import type { Effort } from '../rounds.ts';
import type { Bar } from './chart.ts';

/** One line of the tables. */
export interface Row {
  label: string;
  whose: Bar['whose'];
  threads: number;
  work: Case['work'];
  way: Case['way'];
  batchSizes: readonly number[];
  process: MeasuringProcess;
}

export interface MeasuringProcess {
  command: readonly [string, ...string[]];
  env: Record<string, string | undefined>;
}

export interface Machine {
  cores: number;
  hasTensorflow: boolean;
  /** null if it has not the library. */
  pythonWithTorch: string | null;
  pythonWithTensorflow: string | null;
  quick: boolean;
}

export interface Plan {
  rows: Row[];
  effort: Effort;
}

const labelOf = (engine: EngineName) => `\`${engine}\``;
/** What rows are called that others are held against. */
export const LABELS = { simd: labelOf('simd'), eager: 'PyTorch, eager', compiled: 'PyTorch, `torch.compile`' } as const;

/** Of the reference run; the ceiling is compared there. */
export const REFERENCE_BATCH = 16;
const TRAINING_BATCHES = [REFERENCE_BATCH, 64, 128];
/** Of libraries, whose best is shown. Our engines have their own, however many images they are given. */
const EVALUATION_BATCHES = [16, 64, 256, 1024];

export function planFor(machine: Machine): Plan {
  const { quick, cores, hasTensorflow, pythonWithTorch, pythonWithTensorflow } = machine;
  const trainingBatches = quick ? [REFERENCE_BATCH] : TRAINING_BATCHES;
  const onThreads = [1, 2].filter((threads) => threads <= cores);

  const rowsOf = (row: Omit<Row, 'work' | 'batchSizes'>, evaluationBatches: readonly number[]): Row[] => [
    { ...row, work: 'training', batchSizes: trainingBatches },
    { ...row, work: 'evaluation', batchSizes: evaluationBatches },
  ];
  const engine = (name: EngineName, threads: number): Row[] => {
    const process = nodeProcess('measure-engine.js', threads, name, String(threads));
    return rowsOf({ label: labelOf(name), whose: 'ours', threads, way: 'engine', process }, [256]);
  };
  /** @param processes for one thread, for two, … */
  const library = (label: string, way: Case['way'], processes: readonly MeasuringProcess[]): Row[] =>
    processes.flatMap((process, i) =>
      rowsOf({ label, whose: 'theirs', threads: i + 1, way, process }, EVALUATION_BATCHES),
    );

  const rows = [...onThreads.flatMap((threads) => engine('simd', threads)), ...engine('wasm', 1)];
  if (hasTensorflow) rows.push(...onThreads.flatMap((threads) => engine('tensorflow', threads)));
  if (pythonWithTorch !== null) {
    const processes = onThreads.map((threads) => pythonProcess(pythonWithTorch, 'measure_torch.py', threads));
    rows.push(...library(LABELS.eager, 'eager', processes));
    rows.push(...library(LABELS.compiled, 'compiled', processes));
  }
  if (pythonWithTensorflow !== null) {
    const processes = onThreads.map((threads) => pythonProcess(pythonWithTensorflow, 'measure_tensorflow.py', threads));
    rows.push(...library('TensorFlow, `tf.function`', 'loop', processes));
  }
  rows.push({
    label: 'ceiling of 128-bit vectors, plain convolutions',
    ...{ whose: "the machine's", threads: 1, work: 'training', way: 'loop', batchSizes: [REFERENCE_BATCH] },
    process: nodeProcess('measure-ceiling.js', 1),
  });
  return { rows, effort: quick ? { rounds: 1, seconds: 0.05 } : { rounds: 5, seconds: 0.5 } };
}

/** As a trainer has it. */
function nodeProcess(script: string, threads: number, ...args: string[]): MeasuringProcess {
  const file = packageFile(`dist/bench/engines/${script}`);
  const settings = { dataDir: 'none', workerSlots: 1, trainerThreads: threads, requireGpu: false };
  const env = {
    ...TENSORFLOW_UNSET,
    ...trainerEnvironment({ TF_NUM_INTRAOP_THREADS: String(threads) }, settings),
    ...WITHOUT_GPU,
  };
  return { command: [process.execPath, '--no-deprecation', file, ...args], env };
}

function pythonProcess(python: string, script: string, threads: number): MeasuringProcess {
  const env = {
    ...TENSORFLOW_UNSET,
    OMP_NUM_THREADS: String(threads),
    TF_NUM_INTRAOP_THREADS: String(threads),
    TF_NUM_INTEROP_THREADS: '1',
    TF_CPP_MIN_LOG_LEVEL: '2',
  };
  return { command: [python, packageFile(`bench/${script}`), String(IMAGES)], env: { ...env, ...WITHOUT_GPU } };
}

/** docs/gpu.md is about GPUs. */
const WITHOUT_GPU = { CUDA_VISIBLE_DEVICES: '-1' };
