/** Says in the log when Redis goes and comes, once each, and whether it may lose jobs. */
import type { Redis } from 'ioredis';
import { messageOf } from '../shared/errors.ts';
import type { Logger } from '../shared/process.ts';
import { redisFaults } from './redis-settings.ts';

export function watchRedis(redis: Redis, logger: Logger): void {
  let away = false;
  // ioredis tells of every vain attempt to connect.
  redis.on('error', (error) => {
    if (!away)
      logger.warn({ error: messageOf(error) }, 'Redis is away; requests are answered with 503 until it is back');
    away = true;
  });
  redis.on('ready', () => {
    logger.info(away ? 'Redis is back' : 'Redis is there');
    away = false;
    redisFaults(redis).then(
      (faults) => {
        for (const fault of faults) logger.warn(fault);
      },
      (error: unknown) => logger.debug({ error: messageOf(error) }, 'the settings of Redis could not be read'),
    );
  });
}
