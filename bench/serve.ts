/** The measuring process's side of measurer.ts: answers each line of JSON on stdin with one on stdout. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Request, Run } from './measurer.ts';

/** Until stdin ends. An error of `answer` is an answer, too: the next case may well run. */
export async function serve(answer: (request: Request) => Promise<object>): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const reply = await answer(JSON.parse(line)).catch(({ message }: Error) => ({ error: message }));
    if (!process.stdout.write(`${JSON.stringify(reply)}\n`)) await once(process.stdout, 'drain');
  }
}

export async function timed(work: () => Promise<unknown>): Promise<Run> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { seconds, cpuSeconds: (user + system) / 1e6 };
}
