/** Whether Redis runs so that accepted jobs stay: with `noeviction` and an append-only file. */
import type { Redis } from 'ioredis';

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
  if (appendOnly === '0') {
    faults.push('Redis forgets jobs when it restarts: appendonly is no, it must be yes');
  }
  return faults;
}

function nothingIfRefused(error: unknown): string {
  if (error instanceof Error && /^(NOPERM|ERR)\b/.test(error.message)) return '';
  throw error;
}
