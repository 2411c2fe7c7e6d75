/** A whole job through the queue, beside the same epochs by its engine alone and by PyTorch. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TrainyardClient } from '../../api/client.ts';
import { note } from '../../scripts/setup/say.mjs';
import { startYard } from '../../scripts/yard/yard.mjs';
import type { TrainSpec } from '../../shared/jobs.ts';
import { packageFile } from '../../shared/package-root.ts';
import { SETTINGS } from '../../shared/settings.ts';
import { loadDataset } from '../../worker/data/datasets.ts';
import { median } from '../quantiles.ts';

/** Of one run. */
export interface Ended {
  seconds: number;
  /** Share of the test images. */
  accuracy: number;
}

export interface WholeJob {
  epochs: number;
  queue: Ended;
  alone: Ended;
  /** null without PyTorch. */
  pytorch: Ended | null;
  rounds: number;
}

export interface WholeJobOptions {
  spec: TrainSpec;
  /** Of queue and engine alone, which take turns; PyTorch runs once. */
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
    const [queue, alone]: [Ended[], Ended[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      alone.push(
        await run([process.execPath, packageFile('dist/bench/engines/engine-alone.js'), JSON.stringify(spec)]),
      );
      queue.push(await throughQueue(client, spec));
      note(
        `Round ${round + 1}: ${alone.at(-1)?.seconds.toFixed(1)} s alone, ${queue.at(-1)?.seconds.toFixed(1)} s through the queue`,
      );
    }
    return {
      ...{ epochs: spec.epochs, queue: medianOf(queue), alone: medianOf(alone), rounds },
      pytorch: pythonWithTorch === null ? null : await byPytorch(pythonWithTorch, spec, folder),
    };
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
async function throughQueue(client: TrainyardClient, spec: TrainSpec): Promise<Ended> {
  const start = performance.now();
  const { id } = await client.submit({ kind: 'train', name: 'bench', spec });
  const job = await client.waitForEnd(id);
  const seconds = (performance.now() - start) / 1000;
  if (job.kind !== 'train' || job.result === null) throw new Error(`job ${id} is ${job.state}: ${job.error?.message}`);
  return { seconds, accuracy: job.result.test.accuracy };
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

async function run([program, ...args]: [string, ...string[]]): Promise<Ended> {
  const { stdout } = await promisify(execFile)(program, args, { env: { ...process.env, ...THREADS } });
  return JSON.parse(stdout) as Ended;
}

function medianOf(runs: readonly Ended[]): Ended {
  return {
    seconds: median(runs.map(({ seconds }) => seconds)),
    accuracy: median(runs.map(({ accuracy }) => accuracy)),
  };
}
