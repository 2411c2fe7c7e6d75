/** A whole job through the queue, beside the same epochs by its engine alone and by PyTorch. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TrainyardClient } from '../../api/client.ts';
import { note } from '../../scripts/setup/say.mjs';
import { startYard } from '../../scripts/yard/yard.mjs';
import { type TrainSpec, trainImageCount } from '../../shared/jobs.ts';
import { packageFile } from '../../shared/package-root.ts';
import { SETTINGS } from '../../shared/settings.ts';
import type { TrainResult } from '../../shared/views.ts';
import { loadDataset } from '../../worker/data/datasets.ts';
import { median } from '../quantiles.ts';

/** Of one run. */
export interface Ended {
  seconds: number;
  /** Share of the test images. */
  accuracy: number;
}

/** Of one run by our engine, or medians of several. */
export interface Trained extends Ended {
  /** Of these, spent in training steps. */
  training: number;
  validation: number;
  /** In the test, shuffles and hashes, and whatever is around the engine. */
  others: number;
}

export interface WholeJob {
  epochs: number;
  queue: Trained;
  alone: Trained;
  /** null without PyTorch. */
  pytorch: Ended | null;
  rounds: number;
}

export interface WholeJobOptions {
  spec: TrainSpec;
  /** Of queue and engine alone, which take turns; PyTorch runs once, in the midst of them. */
  rounds: number;
  pythonWithTorch: string | null;
}

const THREADS = { TRAINER_THREADS: '1', OMP_NUM_THREADS: '1' };

export async function measureWholeJob({ spec, rounds, pythonWithTorch }: WholeJobOptions): Promise<WholeJob> {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-bench-'));
  const yard = await startYard({
    env: { ...process.env, ...withoutSettings(), ...THREADS, PORT: '0' },
    dataDir: folder,
    screen: { isTerminal: false, columns: 80, line: () => {}, status: () => {} },
    quiet: true,
    signal: new AbortController().signal,
  });
  try {
    const client = new TrainyardClient({ baseUrl: yard.api.url });
    const [queue, alone]: [Trained[], Trained[]] = [[], []];
    let pytorch: Ended | null = null;
    for (let round = 0; round < rounds; round++) {
      alone.push(await byEngineAlone(spec));
      if (round === rounds >> 1 && pythonWithTorch !== null) pytorch = await byPytorch(pythonWithTorch, spec, folder);
      queue.push(await throughQueue(client, spec));
      note(
        `Round ${round + 1}: ${alone.at(-1)?.seconds.toFixed(1)} s alone, ${queue.at(-1)?.seconds.toFixed(1)} s through the queue`,
      );
    }
    return { epochs: spec.epochs, queue: mediansOf(queue), alone: mediansOf(alone), pytorch, rounds };
  } finally {
    await yard.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The yard is measured as it is unless it is told otherwise. */
function withoutSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(SETTINGS.map(({ name }) => [name, undefined]));
}

/** From the POST to the news of its end, on a worker that has the dataset in memory. */
async function throughQueue(client: TrainyardClient, spec: TrainSpec): Promise<Trained> {
  const start = performance.now();
  const { id } = await client.submit({ kind: 'train', name: 'bench', spec });
  const job = await client.waitForEnd(id);
  const seconds = (performance.now() - start) / 1000;
  if (job.kind !== 'train' || job.result === null) throw new Error(`job ${id} is ${job.state}: ${job.error?.message}`);
  return trainedIn(seconds, spec, job.result);
}

async function byEngineAlone(spec: TrainSpec): Promise<Trained> {
  const script = packageFile('dist/bench/engines/engine-alone.js');
  const { seconds, result } = await run<{ seconds: number; result: TrainResult }>([
    process.execPath,
    script,
    JSON.stringify(spec),
  ]);
  return trainedIn(seconds, spec, result);
}

/** Where the seconds went, by what the result tells of them. */
function trainedIn(seconds: number, spec: TrainSpec, result: TrainResult): Trained {
  const training = (result.epochs * trainImageCount(spec)) / result.imagesPerSecond;
  const validation = result.seconds - training;
  return { seconds, training, validation, others: seconds - result.seconds, accuracy: result.test.accuracy };
}

async function byPytorch(python: string, spec: TrainSpec, folder: string): Promise<Ended> {
  for (const [name, { images, labels }] of Object.entries(
    await loadDataset(spec.dataset, spec.resize, { dataDir: 'none' }),
  )) {
    writeFileSync(join(folder, `${name}-images`), images);
    writeFileSync(join(folder, `${name}-labels`), labels);
  }
  return run([python, packageFile('bench/reference_run.py'), folder, JSON.stringify(spec)]);
}

async function run<Said>([program, ...args]: [string, ...string[]]): Promise<Said> {
  const { stdout } = await promisify(execFile)(program, args, { env: { ...process.env, ...THREADS } });
  return JSON.parse(stdout) as Said;
}

function mediansOf(runs: readonly Trained[]): Trained {
  const of = (figure: keyof Trained) => median(runs.map((run) => run[figure]));
  return {
    seconds: of('seconds'),
    training: of('training'),
    validation: of('validation'),
    others: of('others'),
    accuracy: of('accuracy'),
  };
}
