/**
 * The worker's side of one trainer process.
 *
 *   starting ──► idle ◄──► running        a job at a time
 *       │          │          │
 *       └──────────┴──────────┴──► gone   died, was killed, or was closed
 */
import type { Device } from '../../shared/device.ts';
import { Cancelled, LockLost, messageOf, RetryableError } from '../../shared/errors.ts';
import type { EngineName } from '../../shared/jobs.ts';
import { death, errorOf } from './failure.ts';
import { forkTrainer, type TrainerProcess } from './process.ts';
import type { FromTrainer, OutcomeOf, ToTrainer, Warmth, Work } from './protocol.ts';
import { Run, type TrainerJob } from './trainer-job.ts';

export interface TrainerOptions {
  /** Path of the compiled entry, worker/trainer/main.js. */
  entry: string;
  env: Record<string, string | undefined>;
  /** Milliseconds without a sign of work after which a trainer counts as hung and is killed. */
  hangMs: number;
  /** The same until it is ready, and whenever it has opened an engine that has computed nothing yet. */
  readyMs(engine: EngineName): number;
  /** Milliseconds that a run may take to stop, its last checkpoint included. */
  graceMs: number;
  /** Told what a trainer computes on, whenever it has opened an engine. */
  onDevice(device: Device, engine: EngineName): void;
  /** Told what a user should know of how the engine computes, while there is no job to tell it to. */
  onNotice(message: string): void;
}

/** How a trainer came to its end. */
export interface TrainerEnd {
  how: string;
  /** The worker could not go on with its job, for a reason outside the trainer: its lock or the store is gone. */
  isStopped: boolean;
}

export class Trainer {
  state: 'starting' | 'idle' | 'running' | 'gone' = 'starting';
  /** The one that it has, or opens. */
  engine: EngineName | null = null;
  /** What its engine computes on; null until that is open. */
  device: Device | null = null;
  /** All that it has opened, or tried to. */
  readonly opened = new Set<EngineName>();
  /** Jobs that it was given. */
  jobs = 0;
  /** Resolves when the process is gone. */
  readonly gone: Promise<TrainerEnd>;
  readonly #process: TrainerProcess;
  readonly #options: TrainerOptions;
  #run: Run | null = null;
  /** Its engine has not computed yet: the first kernels may have to be compiled for the GPU. */
  #isFresh = false;
  #killed: TrainerEnd | null = null;
  #onReady: { resolve(): void; reject(error: unknown): void } | null = null;

  constructor(options: TrainerOptions) {
    this.#options = options;
    this.#process = forkTrainer(options);
    this.#process.child.on('message', (message) => this.#receive(message as FromTrainer));
    this.gone = this.#process.gone.then((how) => {
      this.#lost(how);
      return this.#killed ?? { how, isStopped: false };
    });
  }

  /** Whether it can take a job now; one that has just died may not have been noticed yet. */
  get isFree(): boolean {
    return this.state === 'idle' && this.#process.isAlive();
  }

  get pid(): number | undefined {
    return this.#process.child.pid;
  }

  /** Resolves when engine and images are loaded. @throws RetryableError | PermanentError */
  async warm(warmth: Warmth): Promise<void> {
    const readyMs = this.#options.readyMs(warmth.engine);
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#onReady = { resolve, reject };
        this.#send({ type: 'warm', warmth });
        const what = `the trainer was not ready after ${readyMs / 1000} s (TRAINER_READY_MS)`;
        timer = setTimeout(() => reject(new RetryableError('trainer-hung', what)), readyMs);
      });
    } finally {
      clearTimeout(timer);
    }
  }

  /** @throws the signal's reason, PermanentError, RetryableError, or what `onCheckpoint` threw */
  async run<W extends Work>(job: TrainerJob<W>): Promise<OutcomeOf<W>> {
    // Nothing of the job is begun, and the trainer stays warm for the next one.
    job.signal.throwIfAborted();
    if (this.state === 'gone') throw new RetryableError('trainer-died', 'the trainer was gone before the job began');
    if (this.state !== 'idle') throw new Error(`a trainer that is ${this.state} cannot take a job`);
    return new Promise<OutcomeOf<W>>((resolve, reject) => {
      // what it answers to this work with is of this kind
      const run = new Run(job, { resolve: resolve as Run['settle']['resolve'], reject });
      this.#run = run;
      this.state = 'running';
      this.jobs += 1;
      this.#send({ type: 'start', work: job.work });
      this.#watch(run);
      job.signal.addEventListener('abort', () => this.#stop(run, job.signal.reason), { once: true });
    });
  }

  /** The end of its error output, as far as it may tell of its death: enough for a message, or all that is kept. */
  said(howMuch?: 'end' | 'all'): string {
    return this.#process.said(howMuch);
  }

  kill(how: string, isStopped = false): void {
    if (this.#process.isAlive()) this.#killed ??= { how, isStopped };
    this.#process.child.kill('SIGKILL');
  }

  /** Lets an idle trainer go; a running one is killed. */
  async close(): Promise<void> {
    if (this.state === 'running') this.kill('it ran while its worker stopped');
    else if (this.#process.child.connected) this.#process.child.disconnect();
    const killer = this.#killAfterGrace();
    await this.gone;
    clearTimeout(killer);
  }

  #send(message: ToTrainer): void {
    // A trainer that died meanwhile is noticed by its exit.
    if (this.#process.child.connected) this.#process.child.send(message, () => {});
  }

  #receive(message: FromTrainer): void {
    const run = this.#run;
    if (message.type === 'beat') this.#process.worked();
    if (message.type === 'opening' || message.type === 'device') {
      this.#noteEngine(message);
      if (run) this.#watch(run);
      return;
    }
    if (message.type !== 'notice') this.#isFresh = false;
    if (message.type === 'ready') {
      if (this.state === 'starting') this.state = 'idle';
      this.#onReady?.resolve();
      return;
    }
    if (!run) {
      if (message.type === 'failure') this.#onReady?.reject(errorOf(message));
      if (message.type === 'notice') this.#options.onNotice(message.message);
      return;
    }
    const onFault = (error: unknown) => this.#abandon(run, error, { isStopped: true });
    void run.inTurn(() => this.#handle(run, message).catch(onFault)).then(() => this.#watch(run));
  }

  #noteEngine(message: Extract<FromTrainer, { type: 'opening' | 'device' }>): void {
    if (message.type === 'opening') {
      this.engine = message.engine;
      this.opened.add(message.engine);
      this.device = null;
      this.#isFresh = true;
    } else if (this.engine) {
      this.device = message.device;
      this.#options.onDevice(message.device, this.engine);
    }
  }

  async #handle(run: Run, message: Exclude<FromTrainer, { type: 'ready' | 'opening' | 'device' }>): Promise<void> {
    if (this.#run !== run) return;
    switch (message.type) {
      case 'beat':
        return;
      case 'event':
        return run.job.onEvent(message.event);
      case 'notice':
        return run.job.onNotice(message.message);
      case 'checkpoint':
        await run.job.onCheckpoint(message.checkpoint);
        this.#send({ type: 'saved' });
        return;
      case 'result':
        return this.#end(run, () => run.settle.resolve(message.result));
      case 'failure':
        // An engine that has failed may go on failing, and holds the memory that did not suffice.
        if (!message.permanent) return this.#abandon(run, errorOf(message), { isStopped: false });
        return this.#end(run, () => run.settle.reject(errorOf(message)));
      case 'stopped':
        return this.#end(run, () => run.settle.reject(run.job.signal.reason));
      default: {
        const never: never = message;
        throw new Error(`unknown message ${JSON.stringify(never)}`);
      }
    }
  }

  #stop(run: Run, reason: unknown): void {
    if (this.#run !== run) return;
    // What it says from now on would not count, and handling what it has said may wait for a Redis that is away.
    if (reason instanceof LockLost) {
      this.#abandon(run, reason, { isStopped: true });
      return;
    }
    this.#send({ type: 'stop', reason: reason instanceof Cancelled ? 'cancelled' : 'interrupted' });
    run.graceTimer = this.#killAfterGrace();
  }

  #killAfterGrace(): NodeJS.Timeout {
    const { graceMs } = this.#options;
    return setTimeout(() => this.kill(`it did not stop within ${graceMs / 1000} s and was killed`), graceMs);
  }

  /** Nothing that it still says counts. */
  #abandon(run: Run, error: unknown, { isStopped }: Pick<TrainerEnd, 'isStopped'>): void {
    if (this.#run !== run) return;
    this.#end(run, () => run.settle.reject(error));
    this.state = 'gone';
    this.kill(messageOf(error), isStopped);
  }

  #watch(run: Run): void {
    if (this.#run !== run) return;
    const { hangMs, readyMs } = this.#options;
    const patienceMs = this.#isFresh && this.engine ? readyMs(this.engine) : hangMs;
    run.watch(patienceMs, () => {
      const what = `the trainer did nothing for ${patienceMs / 1000} s and was killed`;
      this.#abandon(run, new RetryableError('trainer-hung', what), { isStopped: false });
    });
  }

  #end(run: Run, settle: () => void): void {
    if (this.#run !== run) return;
    this.#run = null;
    run.stopTimers();
    if (this.state === 'running') this.state = this.#process.isAlive() ? 'idle' : 'gone';
    settle();
  }

  #lost(how: string): void {
    this.state = 'gone';
    const error = death({ how, said: this.said(), opening: this.device === null ? this.engine : null });
    this.#onReady?.reject(error);
    const run = this.#run;
    if (!run) return;
    // What it said before it died still counts, a checkpoint above all. A run that was being stopped ends as
    // such, even if its trainer had to be killed for it.
    const { signal } = run.job;
    void run.handled.then(() => this.#end(run, () => run.settle.reject(signal.aborted ? signal.reason : error)));
  }
}
