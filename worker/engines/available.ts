/** Which engines this machine has. A look at files: a worker never loads TensorFlow itself, its trainers do. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { queuesOf } from '../../shared/engines.ts';
import { ENGINE_NAMES, type EngineName } from '../../shared/jobs.ts';
import { packageFile } from '../../shared/package-root.ts';

/** What `npm run setup:tensorflow` adds to the package; links, whose files may be gone. */
const PARTS_OF_TENSORFLOW = ['lib/napi-v8/tfjs_binding.node', 'deps/lib/libtensorflow_framework.so.2'];

/** @param modules the folder node_modules */
export function enginesHere(modules = packageFile('node_modules')): EngineName[] {
  const folder = join(modules, '@tensorflow', 'tfjs-node-gpu');
  const isSetUp = PARTS_OF_TENSORFLOW.every((part) => existsSync(join(folder, part)));
  return ENGINE_NAMES.filter((name) => name !== 'tensorflow' || isSetUp);
}

/**
 * The engines of a worker, the one that it is for first.
 * @throws Error saying what to set up where there is none for its queues
 */
export function enginesFor(
  { workerQueues, requireGpu }: { workerQueues: readonly string[]; requireGpu: boolean },
  here = enginesHere(),
): [EngineName, ...EngineName[]] {
  const wanted = requireGpu ? ['train-gpu'] : workerQueues;
  const takes = (engine: EngineName) => queuesOf(engine).some((queue) => wanted.includes(queue));
  const [first, ...others] = here.toSorted((a, b) => Number(takes(b)) - Number(takes(a)));
  if (first !== undefined && takes(first)) return [first, ...others];
  const setting = requireGpu ? 'REQUIRE_GPU=1' : `WORKER_QUEUES=${workerQueues.join()}`;
  throw new Error(
    `${setting}: this machine has the engines ${here.join(', ')}, and none of them takes jobs from ${wanted.join()}. ` +
      'npm run setup:tensorflow -- --gpu --with-cuda sets the engine tensorflow up.',
  );
}
