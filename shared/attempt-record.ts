/**
 * What a worker writes into the job record while it runs an attempt. Every write is fenced (job-scripts/attempt.ts):
 * once the job's lock is no longer ours it throws LockLost and changes nothing.
 */
import type { Redis } from 'ioredis';
import type { CheckpointName } from './checkpoints/name.ts';
import type { QueueName } from './engines.ts';
import { type ErrorCode, LockLost } from './errors.ts';
import type { JobEvent } from './events.ts';
import type { CommittedCheckpoint } from './job-record.ts';
import {
  beginScript,
  cancelledScript,
  commitScript,
  completeScript,
  epochScript,
  failScript,
  forgetCheckpointsScript,
  giveBackScript,
  giveBackWithoutEngineScript,
  pruneCheckpointsScript,
  resolveScript,
  updateScript,
} from './job-scripts/attempt.ts';
import type { JobId, JobState } from './jobs.ts';
import { keys } from './keys.ts';
import { BACKOFF_MS } from './queues.ts';
import type { Script } from './redis.ts';
import type { EpochRow, JobProgress, JobResult, LatestStep, ResolvedCheckpoint } from './views.ts';

export type Begun =
  /** `waitedMs` is null for a job that another worker had until now. */
  | { outcome: 'begun'; attempt: AttemptRecord; waitedMs: number | null }
  /** There is no record: the job was deleted. */
  | { outcome: 'missing' }
  /** The record had ended already; only BullMQ's half of it is left to end. */
  | { outcome: 'ended'; state: JobState };

/** The answer to a write: whether the user asked meanwhile to cancel the job. */
export interface Written {
  cancelRequested: boolean;
}

export type AttemptRecord = ReturnType<typeof createAttemptRecord>;

/**
 * Starts an attempt on a job that BullMQ handed to us under `token`.
 * @throws LockLost if the lock is already another's
 */
export async function beginAttempt(
  redis: Redis,
  { id, queue, token, worker }: { id: JobId; queue: QueueName; token: string; worker: string },
  now: () => number = Date.now,
): Promise<Begun> {
  const time = now();
  const lock = keys.lock(queue, id);
  const args = [id, time, new Date(time).toISOString(), token, worker];
  const reply = (await beginScript(redis, [keys.job(id), lock], args)) as [string, string | number, string];
  const [outcome, detail, since] = reply;
  switch (outcome) {
    case 'begun':
      return {
        outcome,
        attempt: createAttemptRecord(redis, { id, lock, token, attempt: Number(detail) }, now),
        waitedMs: since === '' ? null : Math.max(0, time - Number(since)),
      };
    case 'ended':
      return { outcome, state: detail as JobState };
    case 'missing':
      return { outcome };
    default:
      throw new LockLost();
  }
}

interface Holder {
  id: JobId;
  lock: string;
  token: string;
  attempt: number;
}

function createAttemptRecord(redis: Redis, holder: Holder, now: () => number) {
  const { id, lock, token, attempt } = holder;

  async function fenced(script: Script, args: (string | number)[] = []): Promise<string> {
    const time = now();
    const head = [id, time, new Date(time).toISOString(), token, attempt];
    const reply = String(await script(redis, [keys.job(id), lock], [...head, ...args]));
    if (reply === 'lost') throw new LockLost();
    return reply;
  }
  const written = (reply: string): Written => ({ cancelRequested: reply === 'cancel' });
  const stamp = () => ({ attempt, at: new Date(now()).toISOString() });
  const json = (event: JobEvent) => JSON.stringify(event);

  return {
    id,
    number: attempt,

    async step(step: LatestStep, progress: JobProgress): Promise<Written> {
      const event = json({ type: 'step', ...stamp(), ...step });
      return written(await fenced(updateScript, [JSON.stringify(step), JSON.stringify(progress), event]));
    },

    async epoch(row: EpochRow, lastStep: LatestStep, progress: JobProgress): Promise<Written> {
      const event = json({ type: 'epoch', ...stamp(), ...row });
      const args = [row.epoch, JSON.stringify(row), event, JSON.stringify(lastStep), JSON.stringify(progress)];
      return written(await fenced(epochScript, args));
    },

    /** Sets the checkpoint pointer; the files are in the store already. */
    async commit(checkpoint: CommittedCheckpoint, best: string | null): Promise<Written> {
      const { name, cursor, parametersSha256 } = checkpoint;
      const event = json({ type: 'checkpoint', ...stamp(), checkpoint: name, cursor, parametersSha256 });
      return written(await fenced(commitScript, [name, JSON.stringify(checkpoint), event, best ?? '']));
    },

    /**
     * The spec's reference is this checkpoint, from now on and for every later attempt.
     * @returns false if it is not kept any more: another is to be chosen
     */
    async resolve(checkpoint: ResolvedCheckpoint): Promise<boolean> {
      const { jobId, name, parametersSha256 } = checkpoint;
      const message = `refers to checkpoint ${name} of job ${jobId}, SHA-256 of its parameters ${parametersSha256}`;
      const event = json({ type: 'log', ...stamp(), level: 'info', message });
      return (await fenced(resolveScript, [jobId, name, JSON.stringify(checkpoint), event])) === 'ok';
    },

    /** @returns those that are forgotten and may be deleted; one that another job refers to is not */
    async pruneCheckpoints(names: readonly CheckpointName[]): Promise<CheckpointName[]> {
      if (names.length === 0) return [];
      const forgotten = (await fenced(pruneCheckpointsScript, [...names])).split(',');
      return names.filter((name) => forgotten.includes(name));
    },

    /** For damaged ones, whoever refers to them. */
    async forgetCheckpoints(names: readonly string[]): Promise<void> {
      if (names.length > 0) await fenced(forgetCheckpointsScript, [...names]);
    },

    async log(level: 'info' | 'warn' | 'error', message: string): Promise<void> {
      await fenced(updateScript, ['', '', json({ type: 'log', ...stamp(), level, message })]);
    },

    /** Only the proof that the attempt is alive, and the cancel flag. */
    async beat(): Promise<Written> {
      return written(await fenced(updateScript, ['', '']));
    },

    async complete(result: JobResult): Promise<void> {
      await fenced(completeScript, [JSON.stringify(result)]);
    },

    async cancelled(): Promise<void> {
      await fenced(cancelledScript);
    },

    /** @returns `cancelled` if the user has asked for it meanwhile */
    async giveBack(reason: string): Promise<'waiting' | 'cancelled'> {
      return (await fenced(giveBackScript, [reason])) as 'waiting' | 'cancelled';
    },

    /** For want of its engine. @returns `failed` when that has happened too often */
    async giveBackWithoutEngine(reason: string): Promise<'waiting' | 'failed' | 'cancelled'> {
      return (await fenced(giveBackWithoutEngineScript, [reason])) as 'waiting' | 'failed' | 'cancelled';
    },

    /** @returns `delayed` when another attempt follows after the back-off */
    async fail(code: ErrorCode, message: string, permanent: boolean): Promise<'failed' | 'delayed' | 'cancelled'> {
      const kind = permanent ? 'permanent' : 'retryable';
      return (await fenced(failScript, [code, message, kind, BACKOFF_MS])) as 'failed' | 'delayed' | 'cancelled';
    },
  };
}
