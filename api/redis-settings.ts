/** Whether Redis runs so that accepted jobs stay, with `noeviction` and an append-only file, and how full it is. */
import type { Redis } from 'ioredis';

const NEARLY_FULL = 0.9;

/**
 * In words for the log; none if all is well, or if this Redis does not let us see.
 * @throws if Redis cannot be reached
 */
export async function redisFaults(redis: Redis): Promise<string[]> {
  await redis.ping();
  // INFO and not CONFIG GET: providers that switch CONFIG off leave INFO.
  const info = await redis.info('memory', 'persistence').catch(nothingIfRefused);
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1];
  const appendOnly = /^aof_enabled:(\d)/m.exec(info)?.[1];
  const faults: string[] = [];
  if (policy !== undefined && policy !== 'noeviction') {
    faults.push(`Redis may throw jobs away when it is full: maxmemory-policy is ${policy}, it must be noeviction`);
  }
  const fullness = fullnessIn(info);
  if (fullness !== null && fullness >= NEARLY_FULL) {
    faults.push(`Redis is ${Math.floor(100 * fullness)} % full (maxmemory), and refuses to write when it is full`);
  }
  if (appendOnly === '0') {
    faults.push('Redis forgets jobs when it restarts: appendonly is no, it must be yes');
  }
  return faults;
}

/** Share of its `maxmemory` that Redis uses; null where it has no limit, or does not let us see. @throws if it is away */
export async function redisFullness(redis: Redis): Promise<number | null> {
  return fullnessIn(await redis.info('memory').catch(nothingIfRefused));
}

function fullnessIn(info: string): number | null {
  const [used, most] = ['used_memory', 'maxmemory'].map((name) =>
    Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0),
  ) as [number, number];
  return most === 0 ? null : used / most;
}

function nothingIfRefused(error: unknown): string {
  if (error instanceof Error && /^(NOPERM|ERR)\b/.test(error.message)) return '';
  throw error;
}
