import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../../shared/testing/processes.ts';
import { openLogFile } from '../setup/log-file.mjs';
import { type Supervised, supervise } from './supervise.mjs';

let folder: string;
let said: string[];
let running: Supervised[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trainyard-supervise-'));
  said = [];
  running = [];
});
afterEach(async () => {
  for (const each of running) each.kill();
  for (const each of running) await each.stop(0);
  rmSync(folder, { recursive: true, force: true });
});

async function run(program: string, showsAll = false): Promise<Supervised> {
  const script = join(folder, 'main.mjs');
  writeFileSync(script, program);
  const supervised = await supervise({
    name: 'worker',
    script,
    env: process.env,
    cwd: folder,
    log: openLogFile(join(folder, 'worker.log')),
    show: () => undefined,
    say: (text) => said.push(text),
    showsAll,
    shortestWaitMs: 10,
    onUpAgain: () => said.push('up again'),
  });
  running.push(supervised);
  return supervised;
}

const READY = `console.log('I am', process.pid); process.send({ type: 'ready', name: String(process.pid) });`;
const pidOf = ({ said }: Supervised) => Number((said() as { name: string }).name);

test('one that dies is started again, and the end of its log is told', async () => {
  const worker = await run(`${READY} setInterval(() => {}, 1000);`);
  const first = pidOf(worker);
  process.kill(first, 'SIGKILL');
  await until(() => said.includes('up again'), { what: 'it is started again' });
  expect(said[0]).toContain('The worker died (ended by SIGKILL); it is started again in 0.01 s.');
  expect(said[0]).toContain(`I am ${first}`);
  expect(pidOf(worker)).not.toBe(first);
  expect(readFileSync(join(folder, 'worker.log'), 'utf8')).toBe(`I am ${first}\nI am ${pidOf(worker)}\n`);
});

test('one that fails at its first start is not tried again', async () => {
  await expect(run(`console.error('WORKER_SLOTS=x: a whole number'); process.exit(2);`)).rejects.toThrow(
    /The worker does not start \(exit code 2\)[\s\S]*WORKER_SLOTS=x/,
  );
});

test('it is asked to stop, and killed when it does not', async () => {
  const obedient = await run(`process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000); ${READY}`);
  expect(await obedient.stop(30_000)).toBe(true);
  const stubborn = await run(`process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); ${READY}`);
  expect(await stubborn.stop(50)).toBe(false);
});
