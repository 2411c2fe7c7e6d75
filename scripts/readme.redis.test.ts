/** What the README and the demo promise, tried on a yard as `npm start` makes it. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeCheckpoint } from '../shared/checkpoints/checkpoint.ts';
import { packageFile } from '../shared/package-root.ts';
import { startProcess, type TestProcess, until } from '../shared/testing/processes.ts';
import { runDemo } from './demo.mjs';

let folder: string;
let yard: TestProcess;
let url: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trainyard-readme-'));
  const env = { DATA_DIR: join(folder, 'data'), PORT: '0', REDIS_URL: undefined, CHECKPOINT_STORE: undefined };
  yard = startProcess({ script: 'scripts/start.mjs', env });
  const line = await until(() => /curl -s -X POST (http:\S+)\/v1\/jobs/.exec(yard.output()), {
    what: 'the yard is up',
  });
  url = line[1] ?? '';
});
afterAll(async () => {
  yard.kill('SIGTERM');
  await yard.exited;
  rmSync(folder, { recursive: true, force: true });
});

/** Runs it as a user would paste it. */
function shell(script: string): Promise<{ code: number | null; output: string }> {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

const hasCurl = ['bash', 'curl'].every((command) => spawnSync(command, ['--version']).status === 0);
if (!hasCurl) console.warn('SKIPPED, for want of bash or curl: the walk-through of the README');

test.skipIf(!hasCurl)('the walk-through of the README works as it stands there', async () => {
  const readme = readFileSync(packageFile('README.md'), 'utf8');
  const script = /## Walk-through[\s\S]*?```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  expect(script).toContain('yard=http://127.0.0.1:3000');
  const { code, output } = await shell(script.replace('http://127.0.0.1:3000', url));
  expect(code, output).toBe(0);
  expect(output).toMatch(/test: \{[\s\S]*accuracy: 0\.\d+/);
  expect(output).toMatch(/parametersSha256: '[0-9a-f]{64}'/);
  expect(output).toMatch(/"prediction":\d,"probabilities":/);
  const { description, tensors } = decodeCheckpoint(readFileSync(join(folder, 'best.safetensors')));
  expect(description.spec.epochs).toBe(2);
  expect(tensors.get('conv1.weight')?.shape).toEqual([6, 1, 5, 5]);
});

test('the demo shows every epoch, ends with the test accuracy and keeps the checkpoint of every epoch', async () => {
  const lines: string[] = [];
  const statuses: string[] = [];
  const screen = {
    isTerminal: true,
    columns: 120,
    line: (text: string) => void lines.push(text),
    status: (text: string | null) => void statuses.push(text ?? ''),
  };
  await runDemo({ url, screen, signal: AbortSignal.timeout(60_000), spec: { epochs: 4, trainSize: 10_000 } });
  const shown = lines.join('\n');
  for (const epoch of [1, 2, 3, 4]) {
    expect(shown).toMatch(new RegExp(`epoch ${epoch}/4 \\| train loss \\d\\.\\d{4} .* images/s`));
  }
  expect(shown).toMatch(/Test accuracy \d+\.\d\d %/);
  expect(shown).toMatch(/SHA-256 [0-9a-f]{64}/);
  const id = /Job (j\w+):/.exec(shown)?.[1];
  const { checkpoints } = (await (await fetch(`${url}/v1/jobs/${id}/checkpoints`)).json()) as {
    checkpoints: unknown[];
  };
  expect(checkpoints).toHaveLength(4);
  expect(statuses.join('\n')).toMatch(/\[█*░*\] .*epoch \d\/4 .*images\/s .* left/);
});
