/** Which Redis a command uses: the one of REDIS_URL, else the folder's private one. */
import { join } from 'node:path';
import { withCredentials } from '../../shared/redis-url.mjs';
import { findRedisServer } from './redis-find.mjs';
import { joinPrivateRedis } from './redis-private.mjs';
import { connectRedis } from './resp.mjs';
import { messageOf, note, SetupError } from './say.mjs';

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string} dataDir
 * @param {(text: string) => void} say
 * @returns {Promise<import('./redis-private.mjs').PrivateRedis>}
 */
export async function redisForYard(env, dataDir, say) {
  const url = env.REDIS_URL && withCredentials(env.REDIS_URL, env);
  if (url) return { url, text: await checkGiven(url), leave: async () => 'still used' };
  return joinPrivateRedis({ dir: join(dataDir, 'redis'), findServer: () => findRedisServer(env), say });
}

/**
 * @param {string} url
 * @returns {Promise<string>}
 */
async function checkGiven(url) {
  if (!URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol)) {
    throw new SetupError(
      'REDIS_URL is no Redis address: it looks like redis://[:PASSWORD@]HOST:PORT (or rediss:// for TLS).',
    );
  }
  // Never the whole URL, which may hold a password.
  const place = new URL(url).host;
  try {
    const connection = await connectRedis(url, { timeoutMs: 5000 });
    await connection.command('PING');
    const policy = await connection.command('CONFIG', 'GET', 'maxmemory-policy').catch(() => null);
    connection.close();
    if (Array.isArray(policy) && policy[1] !== 'noeviction') {
      note(
        `Warning: the Redis at ${place} evicts data when memory is short (${policy[1]}): set maxmemory-policy noeviction.`,
      );
    }
    return `of REDIS_URL, ${place}`;
  } catch (error) {
    throw new SetupError(
      `The Redis of REDIS_URL (${place}) cannot be used: ${messageOf(error)}. ` +
        'Start it or mend REDIS_URL; without REDIS_URL a private Redis is started.',
    );
  }
}
