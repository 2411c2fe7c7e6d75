/** Sessions of browsers that signed in with an API key, in Redis. The id is in the cookie alone: Redis has its hash. */
import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { keys as redisKeys } from '../../shared/keys.ts';
import { isRefusedByRedis } from '../../shared/redis.ts';
import type { KeyRing } from './key-ring.ts';
import { hashOf, type KeyEntry } from './keys.ts';

/** A session ends when it is not used for so long … */
const IDLE_SECONDS = 12 * 3600;
/** … and after this however much it is used. */
const LONGEST_MS = 7 * 24 * 3600 * 1000;

interface StoredSession {
  keyHash: string;
  csrfToken: string;
  /** Milliseconds since 1970. */
  since: number;
}

export interface Session extends StoredSession {
  hash: string;
  /** As the file of keys has it now: a changed role counts at once, and without its key there is no session. */
  entry: KeyEntry;
}

export type Sessions = ReturnType<typeof createSessions>;

export function createSessions({ redis, keys }: { redis: Redis; keys: KeyRing }) {
  const secret = () => randomBytes(32).toString('base64url');

  async function end(hash: string): Promise<void> {
    await redis.del(redisKeys.session(hash));
  }

  return {
    async begin({ sha256 }: KeyEntry): Promise<{ id: string; csrfToken: string }> {
      const id = secret();
      const session: StoredSession = { keyHash: sha256, csrfToken: secret(), since: Date.now() };
      await redis.set(redisKeys.session(hashOf(id)), JSON.stringify(session), 'EX', IDLE_SECONDS);
      return { id, csrfToken: session.csrfToken };
    },

    /** The session of an id that was sent, which goes on by this; null if there is none. */
    async find(id: string): Promise<Session | null> {
      const hash = hashOf(id);
      const key = redisKeys.session(hash);
      const text = await redis.getex(key, 'EX', IDLE_SECONDS).catch((error: Error) => {
        // To put its end off is to write; where Redis refuses that, one may look all the same.
        if (isRefusedByRedis(error)) return redis.get(key);
        throw error;
      });
      if (text === null) return null;
      const session = JSON.parse(text) as StoredSession;
      const entry = keys.withHash(session.keyHash);
      if (entry !== undefined && Date.now() - session.since < LONGEST_MS) return { ...session, hash, entry };
      await end(hash);
      return null;
    },

    isThere: async (hash: string): Promise<boolean> => (await redis.exists(redisKeys.session(hash))) === 1,
    end,
  };
}
