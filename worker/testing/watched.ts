/** Processes of a yard that serve their metrics, for tests of what is measured. */
import { startProcess, type TestProcess } from '../../shared/testing/processes.ts';
import { scrape } from '../../shared/testing/prometheus.ts';
import type { Yard } from './yard.ts';

export interface Watched {
  metrics: string;
  process: TestProcess;
}
export interface Api extends Watched {
  url: string;
}

export function startApiProcess(yard: Yard, env: Record<string, string> = {}): TestProcess {
  return startProcess({
    script: 'api/main.js',
    env: {
      ...{ HOST: '127.0.0.1', PORT: '0', METRICS_PORT: '0', METRICS_HOST: undefined, LOG_LEVEL: 'info' },
      ...{ REDIS_URL: yard.server.url, DATA_DIR: yard.folder, CHECKPOINT_STORE: undefined },
      ...env,
    },
  });
}

/** Resolves when it listens. */
export async function startApi(yard: Yard, env: Record<string, string> = {}): Promise<Api> {
  const child = startApiProcess(yard, env);
  const isUp = (message: unknown): message is Omit<Api, 'process'> => Object(message).type === 'listening';
  return { ...(await child.message(isUp)), process: child };
}

/** Resolves when it takes jobs. */
export async function startWorker(yard: Yard, name: string, env: Record<string, string> = {}): Promise<Watched> {
  const child = await yard.worker(name, { METRICS_PORT: '0', ...env });
  const isReady = (message: unknown): message is { metrics: string } => Object(message).type === 'ready';
  return { metrics: (await child.message(isReady)).metrics, process: child };
}

/** How many trainers it has replaced that died, hung or could not get ready. */
export async function trainersReplaced({ metrics }: Watched): Promise<number> {
  return (await scrape(metrics)).value('trainyard_trainer_restarts_total') ?? Number.NaN;
}
