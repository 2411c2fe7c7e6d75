import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startProcess, type TestProcess, until } from '../shared/testing/processes.ts';
import type { JobView } from '../shared/views.ts';
import { isFree, pickPort } from './setup/ports.mjs';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'trainyard-start-'));
});

const started: TestProcess[] = [];
afterEach(async () => {
  for (const each of started.splice(0)) {
    each.kill('SIGTERM');
    await each.exited;
  }
  rmSync(dataDir, { recursive: true, force: true });
});

/** The compiled copy of what `npm start` runs, with data of its own. */
async function start(script = 'scripts/start.mjs', args: string[] = [], metricsPort?: number): Promise<TestProcess> {
  const env = {
    ...{ DATA_DIR: dataDir, PORT: '0', REDIS_URL: undefined, CHECKPOINT_STORE: undefined },
    METRICS_PORT: metricsPort?.toString(),
  };
  const process = startProcess({ script, args, env });
  started.push(process);
  return process;
}

function whenSaid(process: TestProcess, pattern: RegExp): Promise<RegExpExecArray> {
  return until(() => pattern.exec(process.output()), { what: `${pattern} in the output`, everyMs: 20 }).catch(
    (error) => {
      throw new Error(`${error.message}:\n${process.output()}`);
    },
  );
}

/** What the line for the shell asks curl to do. */
async function submit({ 1: url = '', 2: body = '' }: RegExpExecArray): Promise<JobView> {
  const headers = { 'content-type': 'application/json' };
  return (await (await fetch(url, { method: 'POST', headers, body })).json()) as JobView;
}

const CURL = /curl -s -X POST (\S+) -H 'content-type: application\/json' -d '(.+)'/;

test('a job submitted with the printed line is checkpointed at the stop and goes on at the next start', async () => {
  const first = await start();
  const line = await whenSaid(first, CURL);
  const redisPort = (await whenSaid(first, /Redis +private, on port (\d+)/))[1];
  const { id } = await submit(line);
  const read = async (jobs = line[1]) => (await (await fetch(`${jobs}/${id}`)).json()) as JobView;
  await until(async () => ((await read()).latest?.step ?? 0) > 0, { what: 'it trains' });

  first.kill('SIGTERM');
  expect(await first.exited).toEqual({ code: 0, signal: null });
  expect(first.output()).toContain(`Job ${id} is checkpointed and goes on at the next start.`);
  expect(first.output()).toContain('Redis is stopped');

  const second = await start();
  const jobs = (await whenSaid(second, CURL))[1];
  expect((await whenSaid(second, /Redis +private, on port (\d+)/))[1]).toBe(redisPort);
  const job = await until(
    async () => {
      const now = await read(jobs);
      return now.state === 'active' && now.latest !== null && now;
    },
    { what: 'it goes on' },
  );
  expect(job.attempts.map(({ outcome }) => outcome)).toEqual(['given-back', null]);
  expect(job.failures).toBe(0);
});

test('npm run worker beside it uses the same Redis, and keeps it when the yard stops first', async () => {
  const yard = await start();
  await whenSaid(yard, CURL);
  const worker = await start('scripts/run.mjs', ['worker']);
  await whenSaid(worker, /Redis: private, on port \d+ \(was running already\)[\s\S]*Worker: /);
  yard.kill('SIGTERM');
  expect(await yard.exited).toEqual({ code: 0, signal: null });
  expect(yard.output()).toContain('Redis goes on: other processes of this folder use it');
  worker.kill('SIGTERM');
  expect(await worker.exited).toEqual({ code: 0, signal: null });
});

test('with METRICS_PORT, the metrics of the API are there, and those of the worker at the next port', async () => {
  const port = await until(
    async () => {
      const first = await pickPort();
      return (await isFree(first + 1)) && first;
    },
    { what: 'two free ports, one after the other', everyMs: 1 },
  );
  await whenSaid(await start('scripts/start.mjs', [], port), CURL);
  const metrics = async (at: number) => (await fetch(`http://127.0.0.1:${at}/metrics`)).text();
  expect(await metrics(port)).toContain('trainyard_build_info{component="api"');
  expect(await metrics(port + 1)).toContain('trainyard_build_info{component="worker"');
});

test('the demo of a yard with keys asks for one before anything is started', async () => {
  const env = { DATA_DIR: dataDir, API_KEYS_FILE: join(dataDir, 'keys.json'), KEY: undefined };
  const process = startProcess({ script: 'scripts/start.mjs', args: ['--demo'], env });
  expect(await process.exited).toEqual({ code: 1, signal: null });
  expect(process.output()).toContain('KEY=ty_… npm start -- --demo');
});

test('a faulty environment is refused with the words of the process that read it', async () => {
  const process = startProcess({ script: 'scripts/start.mjs', env: { DATA_DIR: dataDir, PORT: 'http' } });
  expect(await process.exited).toEqual({ code: 1, signal: null });
  expect(process.output()).toContain('PORT="http"');
  expect(process.output()).toContain('The API does not start (exit code 1).');
});
