/** What `npm run bench:gpu` measures: which ways, in which processes, at which batch sizes, for how long. */
import { STEPS_AT_ONCE } from '../../worker/engines/tfjs/tensorflow/steps-at-once.ts';
import { TENSORFLOW_DEFAULTS, TENSORFLOW_UNSET } from '../../worker/trainer/environment.ts';
import type { Case } from '../measurer.ts';
import type { Effort } from '../rounds.ts';

/** One line of the table. */
export interface Row {
  label: string;
  work: Case['work'];
  way: Case['way'];
  unrolled: number;
  /** Name of the process that measures it. */
  process: string;
}

export interface ProcessPlan {
  runs: 'tensorflow' | 'pytorch';
  /** What TensorFlow reads once, when it is loaded; undefined: not what is set around it. */
  env: Record<string, string | undefined>;
}

export interface Plan {
  rows: Row[];
  processes: Map<string, ProcessPlan>;
  batchSizes: number[];
  effort: Effort;
  /** Settings of TensorFlow whose first step is measured. */
  firstSteps: { label: string; process: ProcessPlan }[];
}

export interface Machine {
  device: 'cpu' | 'gpu';
  hasPytorch: boolean;
  quick: boolean;
}

/** Steps of one call; those that the engine makes are among them. */
const UNROLLED = [1, 8, 16, 32];
/** Label of the row for TensorFlow.js without our engine. */
export const SCRIPT = 'plain script of tfjs-node';
/** The process of the rows as the engine runs: in whole float32, without XLA. */
export const PLAIN = 'tensorflow';
const XLA = 'tensorflow, XLA';
const FREE = 'tensorflow, TF32 and kernels of its choice';
const MIXED = 'tensorflow, mixed precision';
const TORCH = 'pytorch';

const ONE_THREAD = { TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1', OMP_NUM_THREADS: '1' };

export function planFor({ device, hasPytorch, quick }: Machine): Plan {
  const onGpu = device === 'gpu';
  const env = { ...TENSORFLOW_UNSET, ...TENSORFLOW_DEFAULTS, ...(onGpu ? {} : ONE_THREAD) };
  const plain: ProcessPlan = { runs: 'tensorflow', env };
  const processes = new Map<string, ProcessPlan>([[PLAIN, plain]]);
  const unrolled = quick ? [STEPS_AT_ONCE[device]] : UNROLLED;
  const script: Row = { ...eager(SCRIPT, PLAIN), way: 'script' };
  const rows = [
    script,
    eager('op by op', PLAIN),
    ...unrolled.map((steps) => graph(steps, PLAIN)),
    ...evaluations(PLAIN),
  ];
  const firstSteps = [{ label: 'graph', process: plain }];

  if (!quick) {
    const flags = `--tf_xla_auto_jit=2${onGpu ? '' : ' --tf_xla_cpu_global_jit'}`;
    const withXla: ProcessPlan = { runs: 'tensorflow', env: { ...env, TF_XLA_FLAGS: flags } };
    processes.set(XLA, withXla);
    // on a CPU XLA takes a second for each step that it compiles
    for (const steps of onGpu ? UNROLLED : [8]) rows.push(graph(steps, XLA, ', XLA'));
    rows.push(evaluation('graph', XLA, 'graph, XLA'));
    firstSteps.push({ label: 'graph, XLA', process: withXla });
    const precision = onGpu ? 'float16' : 'bfloat16';
    processes.set(MIXED, { runs: 'tensorflow', env: { ...env, TF_MIXED_PRECISION: precision } });
    rows.push(graph(8, MIXED, `, ${precision}`));
  }
  if (!quick && onGpu) {
    const asItLikes = { TF_DETERMINISTIC_OPS: '0', NVIDIA_TF32_OVERRIDE: '1' };
    processes.set(FREE, { runs: 'tensorflow', env: { ...env, ...asItLikes } });
    rows.push(graph(8, FREE, ', TF32 and kernels of its choice'));
  }
  if (!quick && hasPytorch) {
    const { NVIDIA_TF32_OVERRIDE } = TENSORFLOW_DEFAULTS;
    processes.set(TORCH, {
      runs: 'pytorch',
      env: { NVIDIA_TF32_OVERRIDE, ...(onGpu ? {} : { OMP_NUM_THREADS: '1' }) },
    });
    rows.push(eager('PyTorch, eager', TORCH), { ...eager('PyTorch, torch.compile', TORCH), way: 'compiled' });
    rows.push(evaluation('eager', TORCH, 'PyTorch, eager'), evaluation('compiled', TORCH, 'PyTorch, torch.compile'));
  }
  return { rows, processes, firstSteps, ...(quick ? QUICK : onGpu ? WHOLE : REDUCED) };
}

const WHOLE = { batchSizes: [16, 64, 256, 1024, 4096], effort: { rounds: 7, seconds: 0.5 } };
const REDUCED = { batchSizes: [16, 64, 256], effort: { rounds: 5, seconds: 0.3 } };
const QUICK = { batchSizes: [16], effort: { rounds: 1, seconds: 0.05 } };

function eager(label: string, process: string): Row {
  return { label, work: 'training', way: 'eager', unrolled: 1, process };
}

function graph(unrolled: number, process: string, setting = ''): Row {
  const steps = unrolled === 1 ? '1 step' : `${unrolled} steps`;
  return { label: `graph, ${steps} a call${setting}`, work: 'training', way: 'graph', unrolled, process };
}

function evaluation(way: Case['way'], process: string, label: string): Row {
  return { label, work: 'evaluation', way, unrolled: 1, process };
}

function evaluations(process: string): Row[] {
  return [evaluation('eager', process, 'op by op'), evaluation('graph', process, 'graph')];
}
