import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { packageFile } from '../package-root.ts';
import { startProcess, type TestProcess, until } from './processes.ts';

const SCRIPT = 'shared/testing/processes-stand-in.js';
const isReady = (message: unknown) => (message as { type?: string }).type === 'ready';

const started: TestProcess[] = [];
afterEach(() => {
  for (const each of started.splice(0)) each.kill('SIGKILL');
});

function start(): TestProcess {
  const process = startProcess({ script: SCRIPT, args: ['there'], env: { STAND_IN: 'yes' } });
  started.push(process);
  return process;
}

test('messages that came before or come later are found, and the output is kept', async () => {
  const child = start();
  await child.message(isReady);
  await child.message(isReady);
  child.child.send('again');
  expect(await child.message((message) => 'echo' in (message as object))).toEqual({ echo: 'again' });
  await until(() => child.output().includes('hello there yes'), { what: 'its greeting' });
});

test('a signal ends it, and whoever waits for a message hears so', async () => {
  const child = start();
  await child.message(isReady);
  const never = child.message(() => false);
  child.kill('SIGTERM');
  await expect(never).rejects.toThrow(/ended \(exit code 7\) without such a message[\s\S]*hello there/);
  expect(await child.exited).toEqual({ code: 7, signal: null });
});

test('a message that does not come in time', async () => {
  await expect(start().message(() => false, 10)).rejects.toThrow(/no such message within 10 ms/);
});

test('none outlives the process that started it, however that ends', async () => {
  const program = `
    import { startProcess } from ${JSON.stringify(packageFile('dist/shared/testing/processes.js'))};
    const child = startProcess({ script: ${JSON.stringify(SCRIPT)} });
    await child.message(({ type }) => type === 'ready');
    child.kill('SIGSTOP');
    console.log(child.pid);
    setInterval(() => {}, 1000);`;
  const starter = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pid = Number(String(await once(starter.stdout, 'data')));
  starter.kill('SIGKILL');
  await until(() => isGone(pid), { what: `process ${pid} is gone` });
});

test('until: gives what the probe found, or fails with its last error', async () => {
  let calls = 0;
  expect(await until(() => ++calls === 3 && 'found', { what: 'three calls', everyMs: 1 })).toBe('found');
  const fails = until(() => Promise.reject(new Error('not yet')), { what: 'the API', timeoutMs: 5, everyMs: 1 });
  await expect(fails).rejects.toMatchObject({ message: 'not within 5 ms: the API', cause: { message: 'not yet' } });
});

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}
