import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { curlOf } from './curl.ts';
import { createIdempotencyKeys } from './idempotency-keys.ts';

test('a body has one key however often it is sent, and another form has others', () => {
  const keyOf = createIdempotencyKeys();
  const first = keyOf({ kind: 'train' });
  expect(first).toMatch(/^[0-9a-f]{32}$/);
  expect(keyOf({ kind: 'train', name: 'a' })).not.toBe(first);
  expect(keyOf({ kind: 'train' })).toBe(first);
  expect(createIdempotencyKeys()({ kind: 'train' })).not.toBe(first);
});

test('a shell takes the command apart as it was meant', () => {
  const body = { kind: 'train', name: `it's "$HOME" \`x\` \\` };
  const command = curlOf('http://127.0.0.1:3000', body).replace(/^curl/, String.raw`printf '%s\n'`);
  const words = execFileSync('sh', ['-c', command], { encoding: 'utf8' }).trimEnd().split('\n');
  expect(words).toEqual([
    'http://127.0.0.1:3000/v1/jobs',
    '-H',
    'Content-Type: application/json',
    '-d',
    JSON.stringify(body),
  ]);
});
