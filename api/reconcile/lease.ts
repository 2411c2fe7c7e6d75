/** Lets one process at a time do something: whoever holds the key, until it lets go or has not renewed it. */
import type { Redis } from 'ioredis';
import { keys } from '../../shared/keys.ts';
import { defineScript } from '../../shared/redis.ts';

/** KEYS[1]; ARGV[1] holder, ARGV[2] milliseconds. */
const take = defineScript(`
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`);

const release = defineScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`);

export function createLease(redis: Redis, holder: string, ms: number) {
  return {
    /** Takes or renews it. */
    take: async (): Promise<boolean> => (await take(redis, [keys.reconciler], [holder, ms])) === 1,
    async release(): Promise<void> {
      await release(redis, [keys.reconciler], [holder]);
    },
  };
}
