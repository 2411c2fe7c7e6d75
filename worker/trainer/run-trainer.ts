/** The trainer's side of the protocol: holds one engine and its images, and runs one job at a time on them. */
import { IMAGE_SET_NAMES } from '../../shared/datasets.ts';
import type { Device } from '../../shared/device.ts';
import { mayUseGpu } from '../../shared/engines.ts';
import { Cancelled, Interrupted, RetryableError } from '../../shared/errors.ts';
import { type EngineName, TrainSpec } from '../../shared/jobs.ts';
import type { TrainResult } from '../../shared/views.ts';
import type { Dataset } from '../data/datasets.ts';
import type { CreateEngine, Engine, ImageSet } from '../engines/engine.ts';
import { initialState } from '../models/initial-state.ts';
import { type EvaluationOutcome, evaluateCheckpoint } from '../training/evaluate-checkpoint.ts';
import { type TrainingRun, train } from '../training/train.ts';
import { withBeat } from './beat.ts';
import { failure, notOpened } from './failure.ts';
import type { EvalWork, FromTrainer, ToTrainer, TrainWork, Warmth, Work } from './protocol.ts';

/** The parent's end; `process` in a forked trainer. */
export interface Channel {
  send(message: FromTrainer): void;
  onMessage(listener: (message: ToTrainer) => void): void;
}

export interface TrainerDeps {
  channel: Channel;
  engines: Record<EngineName, CreateEngine>;
  loadDataset(which: Pick<Warmth, 'dataset' | 'resize'>): Promise<Dataset>;
  describeDevice(type: Device['type']): Promise<Device>;
  threads: number;
  /** As engines are told. */
  optimisesAcrossSteps?: boolean;
  /** Whether an engine that can compute on a GPU must. */
  requireGpu: boolean;
}

type Data = TrainingRun['data'];

/** What stands ready: an engine, with the images of one dataset in it. */
interface Bench {
  engine: Engine;
  /** null until they are in it. The images themselves are the engine's alone, which has copied them. */
  loaded: (Pick<Warmth, 'dataset' | 'resize'> & { data: Data }) | null;
}

export function runTrainer(deps: TrainerDeps): void {
  const { channel, engines, loadDataset, describeDevice, threads, optimisesAcrossSteps = false, requireGpu } = deps;
  let bench: Bench | null = null;
  let stopping: AbortController | null = null;
  let saved: (() => void) | null = null;

  async function warm(warmth: Warmth): Promise<{ engine: Engine; data: Data }> {
    const ready = await benchWith(warmth.engine);
    ready.loaded = ready.loaded && isSame(ready.loaded, warmth) ? ready.loaded : await load(ready, warmth);
    return { engine: ready.engine, data: ready.loaded.data };
  }

  async function benchWith(name: EngineName): Promise<Bench> {
    if (bench?.engine.name === name) return bench;
    bench?.engine.close();
    bench = null;
    const engine = await open(name);
    const device = await describeDevice(engine.device);
    channel.send({ type: 'device', device });
    if (requireGpu && mayUseGpu(engine.name) && device.type !== 'gpu') {
      engine.close();
      throw new RetryableError('engine-unavailable', `REQUIRE_GPU=1: ${engine.name} finds no GPU that it can use`);
    }
    bench = { engine, loaded: null };
    return bench;
  }

  async function load(into: Bench, { dataset, resize }: Warmth): Promise<NonNullable<Bench['loaded']>> {
    // half of them may be in it when the rest cannot be read
    into.loaded = null;
    const sets = await loadDataset({ dataset, resize });
    channel.send({ type: 'beat' });
    for (const name of IMAGE_SET_NAMES) into.engine.loadImages(name, sets[name]);
    const known = ({ count, labels }: ImageSet) => ({ count, labels });
    return { dataset, resize, data: { train: known(sets.train), test: known(sets.test) } };
  }

  async function open(name: EngineName): Promise<Engine> {
    channel.send({ type: 'opening', engine: name });
    const say = (message: string) => channel.send({ type: 'notice', message });
    try {
      return withBeat(await engines[name]({ threads, optimisesAcrossSteps, say }), () =>
        channel.send({ type: 'beat' }),
      );
    } catch (error) {
      throw notOpened(name, error);
    }
  }

  /** With all that the first job of default settings would wait for: TensorFlow's graphs, and the images within them. */
  async function warmUp(warmth: Warmth): Promise<void> {
    const { engine } = await warm(warmth);
    const spec = TrainSpec.parse(warmth);
    engine.begin(spec, initialState(spec.model, spec.seed));
    // As many steps as it does at once, and one, are two graphs. The job begins anew.
    if (engine.stepsAtOnce > 1) await engine.trainSteps(new Uint32Array((engine.stepsAtOnce + 1) * spec.batchSize));
    await engine.evaluate('train', new Uint32Array(1));
    await engine.evaluate('test', new Uint32Array(1));
  }

  async function start(work: Work): Promise<void> {
    stopping = new AbortController();
    const { signal } = stopping;
    try {
      channel.send({
        type: 'result',
        result: await (work.kind === 'train' ? trainOn(work, signal) : evaluateOn(work, signal)),
      });
    } catch (error) {
      channel.send(signal.aborted && error === signal.reason ? stopped(error) : failure(error));
    } finally {
      stopping = null;
    }
  }

  async function trainOn({ spec, from, initialParameters }: TrainWork, signal: AbortSignal): Promise<TrainResult> {
    const { engine, data } = await warm(spec);
    return train({
      engine,
      data,
      spec,
      from,
      initialParameters,
      signal,
      emit: (event) => channel.send({ type: 'event', event }),
      saveCheckpoint: (checkpoint) =>
        new Promise((resolve) => {
          saved = resolve;
          channel.send({ type: 'checkpoint', checkpoint });
        }),
    });
  }

  async function evaluateOn(
    { spec, trainedBy, parameters }: EvalWork,
    signal: AbortSignal,
  ): Promise<EvaluationOutcome> {
    const { engine, dataset } = spec;
    const ready = await warm({ engine, dataset, resize: trainedBy.resize });
    return evaluateCheckpoint({ ...ready, spec, trainedBy, parameters, signal });
  }

  channel.onMessage((message) => {
    switch (message.type) {
      case 'warm':
        warmUp(message.warmth).then(
          () => channel.send({ type: 'ready' }),
          (error: unknown) => channel.send(failure(error)),
        );
        break;
      case 'start':
        void start(message.work);
        break;
      case 'saved':
        saved?.();
        break;
      case 'stop':
        stopping?.abort(message.reason === 'cancelled' ? new Cancelled() : new Interrupted('asked by the worker'));
        break;
      default: {
        const never: never = message;
        throw new Error(`unknown message ${JSON.stringify(never)}`);
      }
    }
  });
}

function isSame(a: Pick<Warmth, 'dataset' | 'resize'>, b: Warmth): boolean {
  return a.dataset === b.dataset && a.resize === b.resize;
}

function stopped(error: unknown): FromTrainer {
  return { type: 'stopped', reason: error instanceof Cancelled ? 'cancelled' : 'interrupted' };
}
