import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { packageFile } from '../shared/package-root.ts';
import { startProcess, type TestProcess } from '../shared/testing/processes.ts';
import { startTestRedis } from '../shared/testing/redis.ts';
import { HAS_TENSORFLOW } from '../worker/engines/testing/engines-here.ts';

test.runIf(HAS_TENSORFLOW)('bench/first-step measures a job on TensorFlow, cold and warm', async () => {
  const server = await startTestRedis();
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-first-step-'));
  const env = {
    ...{ REDIS_URL: server.url, DATA_DIR: folder, HOST: '127.0.0.1', PORT: '0', METRICS_PORT: '0' },
    ...{ GPU_TRAINING: '1', WORKER_QUEUES: 'train-gpu' },
  };
  const running: TestProcess[] = [];
  const start = async (script: string, word: string) => {
    const one = startProcess({ script, env });
    running.push(one);
    return (await one.message((said) => (said as { type?: string }).type === word)) as { url: string };
  };
  try {
    const { url } = await start('api/main.js', 'listening');
    await start('worker/main.js', 'ready');
    const script = packageFile('dist/bench/first-step.js');
    const asked = [script, url, '--engine', 'tensorflow', '--submits', '3'];
    const { stdout } = await promisify(execFile)(process.execPath, asked, { env: { ...process.env, ...env } });
    const times = (temperature: string) => {
      const line = new RegExp(`^First step on tensorflow, .*\\(${temperature}\\), 3 submits: from POST .*`, 'm').exec(
        stdout,
      );
      return Array.from(line?.[0].matchAll(/p50 (\d+) ms/g) ?? [], ([, time]) => Number(time));
    };
    for (const temperature of ['cold', 'warm']) {
      const [fromPost = 0, fromStart = 0] = times(temperature);
      expect(fromStart).toBeGreaterThan(0);
      expect(fromPost).toBeGreaterThanOrEqual(fromStart);
    }
  } finally {
    for (const one of running.toReversed()) {
      one.kill('SIGTERM');
      await one.exited;
    }
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
