/** One process of ours alone, as a service manager or a terminal wants it: its log on stdout, its end is our end. */
import { constants } from 'node:os';
import { join } from 'node:path';
import { redisForYard } from '../setup/redis-for-yard.mjs';
import { ROOT } from '../setup/root.mjs';
import { note } from '../setup/say.mjs';
import { startChild } from './child.mjs';
import { prettyPrinter } from './pretty.mjs';
import { untilSignal } from './signals.mjs';

/**
 * @param {'api' | 'worker'} name
 * @param {NodeJS.ProcessEnv} env
 * @param {string} dataDir
 * @returns {Promise<number>} the exit code of the process
 */
export async function runInForeground(name, env, dataDir) {
  const { signal, onSecond } = untilSignal();
  const redis = await redisForYard(env, dataDir, note);
  note(`Redis: ${redis.text}`);
  try {
    if (signal.aborted) return 0;
    const child = startChild({
      script: join(ROOT, 'dist', name, 'main.js'),
      env: { ...env, REDIS_URL: redis.url, REDIS_USERNAME: '', REDIS_PASSWORD: '', DATA_DIR: dataDir },
      cwd: ROOT,
      // Raw JSON for whatever collects logs, readable lines for a person.
      onLine: process.stdout.isTTY ? printer() : null,
    });
    child.up.then(
      (up) => note(up.type === 'listening' ? `API: ${up.url}\nbull-board: ${up.board}` : `Worker: ${up.name}`),
      () => undefined,
    );
    signal.addEventListener('abort', () => {
      note(name === 'worker' ? 'Stopping: a job that runs is checkpointed and given back …' : 'Stopping …');
      child.kill('SIGTERM');
    });
    onSecond(() => child.kill('SIGKILL'));
    const end = await child.ended;
    return end.code ?? 128 + (end.signal === null ? 0 : constants.signals[end.signal]);
  } finally {
    if (!env.REDIS_URL && (await redis.leave()) === 'still used') {
      note('Redis goes on: other processes of this folder use it, and the last one to leave stops it.');
    }
  }
}

function printer() {
  const pretty = prettyPrinter(true);
  return (/** @type {string} */ line) => void process.stdout.write(`${pretty(line).text}\n`);
}
