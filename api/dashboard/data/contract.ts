/** Answers of the API as the dashboard reads them. */
import type { CommittedCheckpoint } from '../../../shared/job-record.ts';
import type { JobKind, JobState } from '../../../shared/jobs.ts';
import type { EpochRow, JobView, ResolvedCheckpoint, StateCounts } from '../../../shared/views.ts';

export interface JobFilter {
  state?: JobState;
  kind?: JobKind;
  tag?: string;
  /** Part of the name, in any case. */
  name?: string;
}

export interface JobPage {
  jobs: JobView[];
  nextCursor: string | null;
}

export interface JobMetrics {
  jobId: string;
  epochs: EpochRow[];
}

export interface Counts {
  states: StateCounts;
  queues: { name: string; waiting: number; active: number; delayed: number }[];
}

export interface CheckpointList {
  jobId: string;
  /** Names: the one with the lowest validation loss, and the one that a retry goes on from. */
  best: string | null;
  last: string | null;
  /** Those that are kept, the furthest first. */
  checkpoints: (CommittedCheckpoint & { isBest: boolean; isLast: boolean; links: { self: string } })[];
}

export interface Prediction {
  checkpoint: ResolvedCheckpoint;
  prediction: number;
  /** Of the ten digits. */
  probabilities: number[];
}

export interface DryRun {
  queue: string;
  spec: JobView['spec'];
  /** 1 is next. */
  position: number;
  reason: 'no-worker' | null;
  /** null: not known yet. */
  startsInSeconds: number | null;
  endsInSeconds: number | null;
  expectedStartAt: string | null;
  expectedEndAt: string | null;
}
