/** Entry of a helper thread (helpers.ts). */
import { parentPort, workerData } from 'node:worker_threads';
import type { HelperData } from './helpers.ts';
import type { KernelExports } from './kernel.ts';

const { module, memory, thread } = workerData as HelperData;
const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
parentPort?.postMessage('ready');
(exports as KernelExports).serve(thread);
