/** Entry of a helper thread (helpers.ts). */
import { parentPort, workerData } from 'node:worker_threads';
import type { HelperData } from './helpers.ts';
import type { KernelExports } from './kernel.ts';

const { module, memory, thread } = workerData as HelperData;
const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
const kernel = exports as KernelExports;
parentPort?.postMessage('ready');
try {
  kernel.serve(thread);
} catch (error) {
  // the caller waits within the call, and hears of this error only after it
  kernel.fail();
  throw error;
}
