/** Says in the log when Redis goes and comes, and each time it comes whether it may lose jobs. */
import type { Redis } from 'ioredis';
import { messageOf } from '../shared/errors.ts';
import type { Logger } from '../shared/process.ts';
import { logConnection } from '../shared/redis.ts';
import { redisFaults } from './redis-settings.ts';

export function watchRedis(redis: Redis, logger: Logger): void {
  logConnection(redis, logger, 'requests are answered with 503 until it is back');
  redis.on('ready', () => {
    redisFaults(redis).then(
      (faults) => {
        for (const fault of faults) logger.warn(fault);
      },
      (error: unknown) => logger.debug({ error: messageOf(error) }, 'the settings of Redis could not be read'),
    );
  });
}
