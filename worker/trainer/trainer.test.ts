import { expect, it } from 'vitest';
import { packageFile } from '../../shared/package-root.ts';
import { until } from '../../shared/testing/processes.ts';
import type { Work } from './protocol.ts';
import { Trainer } from './trainer.ts';

const entry = packageFile('dist/worker/testing/bare-trainer.js');

it.each([
  { computes: false, code: 'out-of-memory' },
  { computes: true, code: 'trainer-died' },
])('what a trainer said names its death, unless it has computed since: $computes', async ({ computes, code }) => {
  const trainer = new Trainer({
    ...{ entry, env: {}, readyMs: 60_000, hangMs: 60_000, graceMs: 5000 },
    ...{ onDevice: () => {}, onNotice: () => {} },
  });
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
