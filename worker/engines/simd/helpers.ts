/** The threads that help the one that calls the kernels: they share its memory, and sleep between calls. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export interface HelperData {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  /** 1, 2, … */
  thread: number;
}

/** They serve until the kernel dismisses them, and keep no process alive. An error in one of them ends the process. */
export async function startHelpers(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  count: number,
): Promise<void> {
  const helpers = Array.from({ length: count }, async (_, i) => {
    const workerData: HelperData = { module, memory, thread: i + 1 };
    const helper = new Worker(new URL('./helper-thread.js', import.meta.url), { workerData });
    await once(helper, 'message');
    helper.unref();
  });
  await Promise.all(helpers);
}
