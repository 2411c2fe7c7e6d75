/** The measuring process's side of measurer.ts: answers each line of JSON on stdin with one on stdout. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { About, Case, Prepared, Request, Run } from './measurer.ts';

/** A case that is ready to be measured. */
export interface Runnable extends Partial<Prepared> {
  run(steps: number): Promise<unknown>;
  /** Frees what it holds. */
  close?(): void;
}

/** What the process can be asked; the rest is refused. */
export interface Measuring {
  prepare(what: Case): Runnable | Promise<Runnable>;
  about?(): About;
  /** @returns what is timed, up to its first step */
  begin?(): Promise<() => Promise<unknown>>;
}

/** Until stdin ends. An error is an answer, too: the next case may well run. */
export async function serve({ prepare, about, begin }: Measuring): Promise<void> {
  const prepared = new Map<number, Runnable>();

  function forget(): void {
    for (const { close } of prepared.values()) close?.();
    prepared.clear();
  }

  async function answer(request: Request): Promise<object> {
    switch (request.ask) {
      case 'about':
        return about?.() ?? refused(request);
      case 'prepare': {
        const runnable = await prepare(request.case);
        prepared.set(request.id, runnable);
        return { stepsAtOnce: runnable.stepsAtOnce ?? 1 } satisfies Prepared;
      }
      case 'run': {
        const runnable = prepared.get(request.id);
        if (runnable === undefined) throw new Error(`case ${request.id} is not prepared`);
        return timed(() => runnable.run(request.steps));
      }
      case 'forget':
        forget();
        return {};
      case 'begin':
        return timed((await begin?.()) ?? refused(request));
      default: {
        const never: never = request;
        throw new Error(`unknown request ${JSON.stringify(never)}`);
      }
    }
  }

  for await (const line of createInterface({ input: process.stdin })) {
    const reply = await answer(JSON.parse(line)).catch(({ message }: Error) => ({ error: message }));
    if (!process.stdout.write(`${JSON.stringify(reply)}\n`)) await once(process.stdout, 'drain');
  }
  forget();
}

function refused({ ask }: Request): never {
  throw new Error(`this process is not asked to ${ask}`);
}

async function timed(work: () => Promise<unknown>): Promise<Run> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { seconds, cpuSeconds: (user + system) / 1e6 };
}
