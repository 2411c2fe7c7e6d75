/** A process that measures: it is asked by lines of JSON, and prints one line of JSON for each. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What is measured. */
export interface Case {
  work: 'training' | 'evaluation';
  /** `engine`: as one of ours does it; `graph`: TensorFlow's, of ours; `compiled`: PyTorch's; `loop`: of many steps a call; `script`: without ours. */
  way: 'engine' | 'script' | 'eager' | 'graph' | 'compiled' | 'loop';
  batchSize: number;
  /** Steps of one call, of a graph. */
  unrolled: number;
}

export type Request =
  | { ask: 'about' }
  | { ask: 'prepare'; id: number; case: Case }
  | { ask: 'run'; id: number; steps: number }
  /** Drops all that was prepared. */
  | { ask: 'forget' }
  /** Of TensorFlow alone: from `begin` to the result of the first step. */
  | { ask: 'begin' };

export interface About {
  version: string;
  /** `cpu`, or what the GPU is called. */
  device: string;
}

export interface Prepared {
  /** Steps that it does best at once, as the engine's: it is asked for multiples of so many. */
  stepsAtOnce: number;
}

export interface Run {
  seconds: number;
  /** Of the process, all threads together. */
  cpuSeconds: number;
}

export type Measurer = ReturnType<typeof startMeasurer>;

/** @param command program and arguments */
export function startMeasurer([program, ...args]: readonly [string, ...string[]], env: NodeJS.ProcessEnv) {
  const child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000);
  });
  // that it ended is told by its stdout
  child.stdin.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => {
    child.on('close', () => resolve());
    child.on('error', (error) => {
      said += error.message;
      resolve();
    });
  });

  /** One at a time. */
  async function ask(request: Request): Promise<unknown> {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await lines.next();
    if (done) {
      await closed;
      throw new Error(`${program} ended: ${said.trim()}`);
    }
    const answer = JSON.parse(value) as { error?: string };
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  }

  return {
    about: () => ask({ ask: 'about' }) as Promise<About>,
    prepare: (id: number, what: Case) => ask({ ask: 'prepare', id, case: what }) as Promise<Prepared>,
    run: (id: number, steps: number) => ask({ ask: 'run', id, steps }) as Promise<Run>,
    forget: () => ask({ ask: 'forget' }),
    begin: async () => ((await ask({ ask: 'begin' })) as { seconds: number }).seconds,
    async stop(): Promise<void> {
      child.stdin.end();
      await closed;
    },
  };
}
