/** The threads that help the one that calls the kernels: they share its memory, and sleep between calls. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export interface HelperData {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  /** 1, 2, … */
  thread: number;
}

/**
 * They serve until the kernel dismisses them, and keep no process alive. An error in one of them breaks off the call
 * that it is at, and then ends the process.
 *
 * @returns those that the system has granted; `fault` says why it is not all of them
 */
export async function startHelpers(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  count: number,
): Promise<{ started: Worker[]; fault: Error | null }> {
  const outcomes = await Promise.allSettled(
    Array.from({ length: count }, (_, i) => startHelper({ module, memory, thread: i + 1 })),
  );
  const started = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  return { started, fault: failed ? (failed.reason as Error) : null };
}

async function startHelper(workerData: HelperData): Promise<Worker> {
  const helper = new Worker(new URL('./helper-thread.js', import.meta.url), { workerData });
  await once(helper, 'message');
  helper.unref();
  return helper;
}
