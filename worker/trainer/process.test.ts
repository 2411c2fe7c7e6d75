import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { missingGpu } from './missing-gpu.ts';
import { forkTrainer } from './process.ts';
import { WITHOUT_CUDA } from './testing/without-gpu.ts';

it('of what a trainer said a message quotes the end, and whoever looks for the missing libraries has all', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-trainer-'));
  try {
    const entry = join(folder, 'talks.mjs');
    writeFileSync(entry, `process.stderr.write(${JSON.stringify(WITHOUT_CUDA)}); process.disconnect();`);
    const trainer = forkTrainer({ entry, env: {} });
    await trainer.gone;
    expect(trainer.said().length).toBeLessThanOrEqual(2000);
    expect(missingGpu(trainer.said('all'))).toBe(missingGpu(WITHOUT_CUDA));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
