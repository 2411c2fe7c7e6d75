import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { until } from '../../shared/testing/processes.ts';
import type { Work } from './protocol.ts';
import { Trainer } from './trainer.ts';

/** Speaks as a trainer does: with each job it says that memory does not suffice, and once that is heard it computes. */
const SCRIPT = `
  const answers = {
    warm: () => process.send({ type: 'ready' }),
    start: () => process.stderr.write('CUDA_ERROR_OUT_OF_MEMORY', () => process.send({ type: 'checkpoint' })),
    saved: () => setInterval(() => process.send({ type: 'beat' }), 1),
  };
  process.on('disconnect', () => process.exit());
  process.on('message', ({ type }) => answers[type]());`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trainyard-trainer-'));
  writeFileSync(join(folder, 'entry.mjs'), SCRIPT);
});
afterEach(() => rmSync(folder, { recursive: true }));

it.each([
  { computes: false, code: 'out-of-memory' },
  { computes: true, code: 'trainer-died' },
])('what a trainer said names its death, unless it has computed since: $computes', async ({ computes, code }) => {
  const entry = join(folder, 'entry.mjs');
  const trainer = new Trainer({ entry, env: {}, hangMs: 60_000, graceMs: 5000, onDevice: () => {} });
  await trainer.warm({ engine: 'simd', dataset: 'mnist', resize: 'bilinear' });
  const nothing = async () => {};
  let isHeard = false;
  const onCheckpoint = async () => {
    await until(() => trainer.said() !== '', { what: 'its error output is read', everyMs: 1 });
    isHeard = true;
    if (!computes) trainer.kill('killed by the test');
  };
  const { signal } = new AbortController();
  const run = trainer.run({ work: {} as Work, signal, onEvent: nothing, onNotice: nothing, onCheckpoint });
  const named = expect(run).rejects.toMatchObject({ code });
  if (computes) {
    await until(() => isHeard && trainer.said() === '', { what: 'it has computed since', everyMs: 1 });
    trainer.kill('killed by the test');
  }
  await named;
});
