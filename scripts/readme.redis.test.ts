/** What the README and the demo promise, tried on a yard as `npm start` makes it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TrainyardClient } from '../api/client.ts';
import { decodeCheckpoint } from '../shared/checkpoints/checkpoint.ts';
import { Optimizer } from '../shared/jobs.ts';
import { packageFile } from '../shared/package-root.ts';
import { runDemo } from './demo.mjs';
import { cannotPaste, codeOf, type GuidedYard, paste, startGuidedYard } from './testing/guide.ts';
import { keyHeaders } from './yard/key-headers.mjs';

let yard: GuidedYard;
beforeAll(async () => {
  yard = await startGuidedYard();
});
afterAll(() => yard.close());

test.skipIf(cannotPaste)('the walk-through of the README works as it stands there', async () => {
  const { code, output } = await yard.paste(codeOf('README.md', 'sh', 'Walk-through').join(''));
  expect(code, output).toBe(0);
  expect(output).toMatch(/test: \{[\s\S]*accuracy: 0\.\d+/);
  expect(output).toMatch(/parametersSha256: '[0-9a-f]{64}'/);
  expect(output).toMatch(/"prediction":\d,"probabilities":/);
  const { description, tensors } = decodeCheckpoint(readFileSync(join(yard.folder, 'best.safetensors')));
  expect(description.spec.epochs).toBe(2);
  expect(tensors.get('conv1.weight')?.shape).toEqual([6, 1, 5, 5]);
});

test('the example in TypeScript compiles, and works as it stands there', async () => {
  const { folder } = yard;
  const [example = ''] = codeOf('README.md', 'ts');
  expect(example).toContain("'./api/client.ts'");
  const importing = (file: string) => example.replace('./api/client.ts', packageFile(file));
  writeFileSync(join(folder, 'example.mts'), importing('api/client.ts'));
  const compilerOptions = {
    noEmit: true,
    incremental: false,
    rewriteRelativeImportExtensions: false,
    rootDir: '/',
    typeRoots: [packageFile('node_modules/@types')],
  };
  const config = { extends: packageFile('tsconfig.json'), compilerOptions, include: ['example.mts'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const tsc = packageFile('node_modules/typescript/bin/tsc');
  expect(spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' })).toMatchObject({
    status: 0,
    stdout: '',
  });

  writeFileSync(join(folder, 'example.mjs'), yard.atThisYard(importing('dist/api/client.js')));
  const { code, output } = await yard.run([process.execPath, 'example.mjs']);
  expect(code, output).toBe(0);
  expect(output).toMatch(/^epoch 1: validation loss \d\.\d+\nepoch 2: validation loss \d\.\d+\n[0-9a-f]{64}\n$/);
});

test('the optimizers of the README are all that there are, with their defaults', () => {
  const [lines = ''] = codeOf('README.md', 'json');
  const shown = lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  expect(shown).toEqual([Optimizer.parse({ type: 'sgd' }), Optimizer.parse({ type: 'adam' })]);
});

test.skipIf(cannotPaste)('a yard with keys is made as the README says, and takes jobs from who has one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-readme-keys-'));
  const [block = ''] = codeOf('README.md', 'sh', 'Keys');
  const [make = '', start, ask = ''] = block.trim().split('\n');
  const made = await paste(packageFile('.'), make, { DATA_DIR: folder });
  const KEY = /^ty_\S{43}$/m.exec(made.output)?.[0] ?? '';
  expect(KEY, made.output).not.toBe('');

  expect(start).toBe('HOST=0.0.0.0 API_KEYS_FILE=.data/api-keys.json npm start');
  const API_KEYS_FILE = join(folder, 'api-keys.json');
  const yardWithKeys = await startGuidedYard({ DATA_DIR: folder, HOST: '0.0.0.0', API_KEYS_FILE });
  expect((await yardWithKeys.paste(ask, { KEY })).output).toContain('{"name":"me","role":"admin","by":"key"}');
  const [printed = ''] = /curl -s .*$/m.exec(yardWithKeys.output()) ?? [];
  const { output } = await yardWithKeys.paste(printed, { KEY });
  const id = /"id":"(j\w+)"/.exec(output)?.[1];
  expect(id, output).toBeDefined();

  const lines: string[] = [];
  const screen = { isTerminal: false, columns: 80, line: (text: string) => void lines.push(text), status: () => {} };
  const client = new TrainyardClient({ baseUrl: yardWithKeys.url, apiKey: KEY });
  await client.cancel(id ?? '');
  const spec = { epochs: 1, trainSize: 1000 };
  const headers = keyHeaders({ API_KEYS_FILE, KEY });
  await runDemo({ url: yardWithKeys.url, screen, headers, signal: AbortSignal.timeout(60_000), spec });
  expect(lines.join('\n')).toMatch(/Test accuracy/);
  await yardWithKeys.close();
  rmSync(folder, { recursive: true });
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
  const spec = { epochs: 4, trainSize: 10_000 };
  await runDemo({ url: yard.url, screen, signal: AbortSignal.timeout(60_000), spec });
  const shown = lines.join('\n');
  for (const epoch of [1, 2, 3, 4]) {
    expect(shown).toMatch(new RegExp(`epoch ${epoch}/4 \\| train loss \\d\\.\\d{4} .* images/s`));
  }
  expect(shown).toMatch(/Test accuracy \d+\.\d\d %/);
  expect(shown).toMatch(/SHA-256 [0-9a-f]{64}/);
  const id = /Job (j\w+):/.exec(shown)?.[1] ?? '';
  const { checkpoints } = await new TrainyardClient({ baseUrl: yard.url }).checkpoints(id);
  expect(checkpoints).toHaveLength(4);
  expect(statuses.join('\n')).toMatch(/\[█*░*\] .*epoch \d\/4 .*images\/s .* left/);
});
