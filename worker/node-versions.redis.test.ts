/** One job has the same bits on any number of threads and every version of Node that is there: `CI=true npm test`, or --all-nodes, brings more. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { NodeBinary } from '../scripts/setup/nodes.mjs';
import { startProcess } from '../shared/testing/processes.ts';
import { startYard, type Yard } from './testing/yard.ts';

/** Of 8 shards: four threads have work. */
const SPEC = { trainSize: 2000, validationSize: 500, epochs: 2, batchSize: 64, seed: 7 } as const;
/** Taken on Node 20.20.2. */
const PARAMETERS_SHA256 = '3a22f913a23363546866087291bfa07d875f9bace13f010618b1b3d666738680';

const nodes: NodeBinary[] = [
  { version: process.versions.node, path: process.execPath },
  ...JSON.parse(process.env.TRAINYARD_TEST_NODES ?? '[]'),
];

let yard: Yard;
beforeAll(async () => {
  yard = await startYard();
});
afterAll(() => yard.close());

/** Trained from the queue by a worker, with its trainer, of that Node. */
async function hashOn({ version, path }: NodeBinary, threads: number): Promise<string> {
  const worker = startProcess({
    script: 'worker/main.js',
    node: path,
    env: {
      REDIS_URL: yard.server.url,
      DATA_DIR: yard.folder,
      CHECKPOINT_STORE: undefined,
      WORKER_NAME: `node-${version}`,
      WORKER_QUEUES: 'train-cpu',
      WORKER_SLOTS: undefined,
      TRAINER_THREADS: String(threads),
    },
  });
  try {
    const id = await yard.submit(SPEC);
    const { result } = await yard.bits(id);
    const [last] = await yard.store.checkpoints(id);
    if (last === undefined) throw new Error(`job ${id} has no checkpoint`);
    expect((await yard.checkpoints.load(id, last.name)).manifest.versions.node).toBe(version);
    return result.parametersSha256;
  } finally {
    worker.kill('SIGTERM');
    await worker.exited;
  }
}

it('one job has the same parameters on every version of Node, on one, two or four threads', async () => {
  const hashes: Record<string, string> = {};
  const [first, ...others] = nodes as [NodeBinary, ...NodeBinary[]];
  const runs = [[first, 1], [first, 2], [first, 4], ...others.map((node) => [node, 4] as const)] as const;
  for (const [node, threads] of runs) hashes[`Node ${node.version}, threads: ${threads}`] = await hashOn(node, threads);
  const lines = Object.entries(hashes).map(([where, hash]) => `  ${where}: ${hash}`);
  console.log(['SHA-256 of the parameters of one job:', ...lines].join('\n'));
  expect(new Set(Object.values(hashes))).toEqual(new Set([PARAMETERS_SHA256]));
});
