/**
 * Whether this process can serve. Anyone may ask, as often as he likes, and a store that hangs must not hold the answer
 * up: so Redis is asked one question at a time, whoever asks us meanwhile; and what the store answered is remembered.
 */
import type { Redis } from 'ioredis';
import type { CheckpointStore } from '../shared/checkpoints/store.ts';
import { messageOf } from '../shared/errors.ts';
import { isRedisAway, isRefusedByRedis } from '../shared/redis.ts';
import { redisFaults } from './redis-settings.ts';

const STORE_REMEMBERED_MS = 10_000;
/** Probes of Kubernetes wait for 3 s. */
const STORE_AWAITED_MS = 2_500;

const REDIS_AWAY = 'Redis cannot be reached, or does not answer';
const STORE_SILENT = `the checkpoint store has not answered within ${STORE_AWAITED_MS / 1000} s`;

export interface ReadinessState {
  /** null: it can be used. */
  redis: string | null;
  /** Settings of Redis with which jobs may be lost. */
  warnings: string[];
  /** null: it can be used. */
  checkpointStore: string | null;
}

export type ReadinessCheck = ReturnType<typeof createReadinessCheck>;

export function createReadinessCheck(redis: Redis, checkpoints: Pick<CheckpointStore, 'check'>) {
  const askRedis = createRedisCheck(redis);
  const askStore = createStoreCheck(checkpoints);
  return async (): Promise<ReadinessState> => {
    const [ofRedis, checkpointStore] = await Promise.all([askRedis(), askStore()]);
    return { ...ofRedis, checkpointStore };
  };
}

function createRedisCheck(redis: Redis) {
  let asked: Promise<Omit<ReadinessState, 'checkpointStore'>> | null = null;
  return () => {
    asked ??= redisFaults(redis)
      .then(
        (warnings) => ({ redis: null, warnings }),
        (error: unknown) => ({ redis: faultOfRedis(error), warnings: [] }),
      )
      .finally(() => {
        asked = null;
      });
    return asked;
  };
}

function createStoreCheck(checkpoints: Pick<CheckpointStore, 'check'>) {
  /** What is wrong with it; null: nothing. */
  let answer: Promise<string | null> | null = null;
  let isAsked = false;
  let staleAt = 0;
  return () => {
    if (answer !== null && (isAsked || performance.now() < staleAt)) return answer;
    isAsked = true;
    const asked = checkpoints.check().then(() => null, messageOf);
    answer = new Promise((resolve) => {
      const silent = setTimeout(resolve, STORE_AWAITED_MS, STORE_SILENT);
      void asked.then((fault) => {
        clearTimeout(silent);
        resolve(fault);
        answer = asked;
        isAsked = false;
        staleAt = performance.now() + STORE_REMEMBERED_MS;
      });
    });
    return answer;
  };
}

function faultOfRedis(error: unknown): string {
  const refused = error instanceof Error && isRefusedByRedis(error);
  return isRedisAway(error) && !refused ? REDIS_AWAY : messageOf(error);
}
