/** What a worker gives a trainer to do, and what it hears of it. */
import type { Checkpoint, RunEvent } from '../training/run.ts';
import type { OutcomeOf, Work } from './protocol.ts';

export interface TrainerJob<W extends Work = Work> {
  work: W;
  onEvent(event: RunEvent): Promise<void>;
  /** What a user should know of how the engine computes. */
  onNotice(message: string): Promise<void>;
  /** The trainer sends no further checkpoint before this resolves. A rejection ends the run with it. */
  onCheckpoint(checkpoint: Checkpoint): Promise<void>;
  /** Its reason becomes the outcome: Cancelled stops at once, LockLost kills, all others stop after a checkpoint. */
  signal: AbortSignal;
}

/** A job under way, as the worker follows it. */
export interface Run {
  job: TrainerJob;
  settle: { resolve(result: OutcomeOf<Work>): void; reject(error: unknown): void };
  /** Messages are handled one after another. */
  handled: Promise<void>;
  pending: number;
  hangTimer: NodeJS.Timeout | undefined;
  graceTimer: NodeJS.Timeout | undefined;
}
