/** Names of everything in Redis. One hash tag for all, so that scripts and transactions work on a cluster too. */
import type { QueueName } from './engines.ts';
import type { JobKind, JobState } from './jobs.ts';

/** BullMQ's prefix, and ours. */
export const PREFIX = '{trainyard}';

export const keys = {
  /** Hash: the job record (job-record.ts). */
  job: (id: string) => `${PREFIX}:job:${id}`,
  /** Hash: epoch → EpochRow as JSON. */
  epochs: (id: string) => `${PREFIX}:job:${id}:epochs`,
  /** Hash: attempt number → Attempt as JSON. */
  attempts: (id: string) => `${PREFIX}:job:${id}:attempts`,
  /** Hash: checkpoint name → CommittedCheckpoint as JSON. */
  checkpoints: (id: string) => `${PREFIX}:job:${id}:checkpoints`,
  /** Hash: id of a job whose spec refers to this one → name of the checkpoint it needs, empty until that is settled. */
  referrers: (id: string) => `${PREFIX}:job:${id}:referrers`,
  /** Stream: the job's events. */
  events: (id: string) => `${PREFIX}:job:${id}:events`,

  /** Stream: the events of all jobs, each under the id that it has in the job's own stream. */
  eventsOfAll: `${PREFIX}:events`,

  /** Sorted sets of job ids, all scores 0: ids sort by time of submission. */
  jobs: `${PREFIX}:jobs`,
  jobsByState: (state: JobState) => `${PREFIX}:jobs:state:${state}`,
  jobsByKind: (kind: JobKind) => `${PREFIX}:jobs:kind:${kind}`,
  jobsByTag: (tag: string) => `${PREFIX}:jobs:tag:${tag}`,
  /** Sorted set of ended jobs by time of their end, milliseconds: for retention. */
  ended: `${PREFIX}:jobs:ended`,

  /** Sorted set of a queue's waiting jobs by since when each waits, milliseconds. */
  waitingSince: (queue: QueueName) => `${PREFIX}:jobs:waiting:${queue}`,

  /** String with expiry: hash of a request and id of the job made of it. */
  once: (key: string) => `${PREFIX}:once:${key}`,

  /** Hash: kind, engine and batch size → how fast (speeds.ts). */
  speeds: `${PREFIX}:speeds`,

  /** Hash: what happened → how often (totals.ts). */
  totals: `${PREFIX}:totals`,

  /** Sorted set: worker name → time of its last beat, milliseconds. */
  workers: `${PREFIX}:workers`,
  /** String with expiry: WorkerView as JSON. */
  worker: (name: string) => `${PREFIX}:worker:${name}`,
  /** Pub/sub channel: ids of jobs whose cancellation was asked for. */
  cancellations: `${PREFIX}:cancellations`,
  /** String with expiry: which API process reconciles. */
  reconciler: `${PREFIX}:reconciler`,

  /** String with expiry: the session of a browser as JSON, by the SHA-256 of what its cookie holds. */
  session: (sha256: string) => `${PREFIX}:session:${sha256}`,
  /** Stream: what was done (api/access/audit.ts). */
  audit: `${PREFIX}:audit`,
  /** Stream: who came in, and what was refused. */
  auditOfAccess: `${PREFIX}:audit:access`,
  /** Strings with expiry: how often somebody did it in this minute; how many of these are not in the audit. */
  auditCount: (what: string) => `${PREFIX}:audit:count:${what}`,
  auditLeftOut: (what: string) => `${PREFIX}:audit:left-out:${what}`,
  /** Prefix of counters with expiry: requests of a key or an address. */
  limit: (name: string) => `${PREFIX}:limit:${name}:`,

  /** BullMQ's own: holds the token of the worker that has the job. */
  lock: (queue: string, id: string) => `${PREFIX}:${queue}:${id}:lock`,
};
