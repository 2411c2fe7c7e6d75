/** What every process of the yard does alike: logs, starts, and stops in order. */
import { destination, type Logger, type LoggerOptions, pino } from 'pino';
import type { Environment } from './env.ts';
import { messageOf } from './errors.ts';
import { withoutSecrets } from './secrets.ts';

export type { Logger } from 'pino';

/** Characters of log held back while standard output takes none. */
const HELD_BACK = 1_000_000;

/**
 * JSON lines on standard output. On a file whose disk is full, lines are held back, then lost; the process goes on.
 * (pino's own destination would wait for ever in its exit hook, with the event loop blocked.)
 */
export function createLogger(name: string, level: Environment['logLevel']): Logger {
  const output = destination({ dest: 1, sync: true, maxLength: HELD_BACK });
  output.on('error', () => {});
  const hidden = ['authorization', 'cookie', 'set-cookie', 'password'].flatMap((field) => [
    `["${field}"]`,
    `*["${field}"]`,
  ]);
  const options: LoggerOptions = {
    name,
    level,
    base: { name, pid: process.pid },
    redact: { paths: hidden, censor: '(not shown)' },
    hooks: { streamWrite: withoutSecrets },
  };
  return pino(options, output);
}

/**
 * Calls `stop` once, on the first SIGTERM or SIGINT or when the parent that started us with an IPC channel is
 * gone; exits when it is done, or after `graceMs` without it.
 */
export function stopOnSignal(logger: Logger, graceMs: number, stop: (why: string) => Promise<void>): void {
  let stopping = false;
  const begin = (why: string) => {
    if (stopping) return;
    stopping = true;
    logger.info({ why }, 'stopping');
    const deadline = setTimeout(() => {
      logger.error({ graceMs }, 'could not stop in time; leaving');
      process.exit(1);
    }, graceMs);
    stop(why).then(
      () => {
        clearTimeout(deadline);
        logger.info('stopped');
        process.exit(0);
      },
      (error: unknown) => {
        logger.error({ error: messageOf(error) }, 'could not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', () => begin('SIGTERM'));
  process.on('SIGINT', () => begin('SIGINT'));
  if (process.send) process.on('disconnect', () => begin('the parent process is gone'));
}

/** Runs a main function; a failure to start is one clear line and exit code 1. */
export function runMain(main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    process.stderr.write(`${withoutSecrets(messageOf(error))}\n`);
    process.exit(1);
  });
}

/** Tells a parent that started us with an IPC channel; without one, nothing. */
export function tellParent(message: object): void {
  process.send?.(message);
}
