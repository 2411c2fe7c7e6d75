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

/** What becomes of a job. */
interface Settle {
  resolve(result: OutcomeOf<Work>): void;
  reject(error: unknown): void;
}

/** A job under way, as the worker follows it. */
export class Run {
  readonly job: TrainerJob;
  readonly settle: Settle;
  /** Kills a trainer that does not stop. */
  graceTimer: NodeJS.Timeout | undefined;
  #hangTimer: NodeJS.Timeout | undefined;
  #handled: Promise<void> = Promise.resolve();
  /** Messages that came and are not handled yet. */
  #pending = 0;

  constructor(job: TrainerJob, settle: Settle) {
    this.job = job;
    this.settle = settle;
  }

  /** Resolves when all that the trainer has said so far is handled. */
  get handled(): Promise<void> {
    return this.#handled;
  }

  /**
   * Has messages handled one after another; meanwhile the hang timer rests, as the trainer may wait for the worker.
   * @param handle never rejects
   */
  inTurn(handle: () => Promise<void>): Promise<void> {
    clearTimeout(this.#hangTimer);
    this.#pending += 1;
    this.#handled = this.#handled.then(handle).then(() => {
      this.#pending -= 1;
    });
    return this.#handled;
  }

  /** (Re)starts the hang timer, unless it rests. */
  watch(patienceMs: number, onHang: () => void): void {
    clearTimeout(this.#hangTimer);
    if (this.#pending === 0) this.#hangTimer = setTimeout(onHang, patienceMs);
  }

  stopTimers(): void {
    clearTimeout(this.#hangTimer);
    clearTimeout(this.graceTimer);
  }
}
