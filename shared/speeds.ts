/** How fast jobs of each kind ran here the last time: what expected times are made of. */
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { DATASETS } from './datasets.ts';
import type { JobRecord } from './job-record.ts';
import { type EngineName, type EvalSpec, type JobKind, type TrainSpec, trainImageCount } from './jobs.ts';
import { keys } from './keys.ts';

const Speed = z.object({
  imagesPerSecond: z.number().positive(),
  /** Of the validation after each epoch; null where it took no time worth measuring. */
  validationImagesPerSecond: z.number().positive().nullable(),
});
export type Speed = z.infer<typeof Speed>;

/** What speed depends on, apart from the machine. */
export interface SpeedOf {
  kind: JobKind;
  engine: EngineName;
  batchSize: number;
}

export type Speeds = Map<string, Speed>;

const fieldOf = ({ kind, engine, batchSize }: SpeedOf) => `${kind} ${engine} ${batchSize}`;

/** @param record with a result */
export async function recordSpeed(redis: Redis, record: JobRecord): Promise<void> {
  const speed = Speed.safeParse(measuredOn(record));
  if (!speed.success) return;
  const { engine, batchSize } = record.spec;
  await redis.hset(keys.speeds, fieldOf({ kind: record.kind, engine, batchSize }), JSON.stringify(speed.data));
}

function measuredOn({ kind, spec, result }: JobRecord): Speed | null {
  if (result === null) return null;
  const { imagesPerSecond, seconds } = result;
  if (kind === 'eval') return { imagesPerSecond, validationImagesPerSecond: null };
  const { epochs } = result;
  const validating = seconds - (epochs * trainImageCount(spec)) / imagesPerSecond;
  const validationImagesPerSecond = validating > 0 ? (epochs * spec.validationSize) / validating : null;
  return { imagesPerSecond, validationImagesPerSecond };
}

export async function readSpeeds(redis: Redis): Promise<Speeds> {
  const entries = Object.entries(await redis.hgetall(keys.speeds));
  return new Map(
    entries.flatMap(([field, json]) => {
      const speed = Speed.safeParse(JSON.parse(json));
      return speed.success ? [[field, speed.data] as const] : [];
    }),
  );
}

/**
 * As measured on the same; else as the job that now runs it says; else as measured on the nearest batch size.
 * @param running jobs that are active
 */
export function speedOf(asked: SpeedOf, speeds: Speeds, running: readonly JobRecord[]): Speed | null {
  const measured = speeds.get(fieldOf(asked));
  if (measured) return measured;
  const alike = running.find(
    ({ kind, spec }) => kind === asked.kind && spec.engine === asked.engine && spec.batchSize === asked.batchSize,
  );
  const live = Speed.safeParse({ imagesPerSecond: alike?.latest?.imagesPerSecond, validationImagesPerSecond: null });
  return live.data ?? ofNearestBatchSize(asked, speeds);
}

function ofNearestBatchSize({ kind, engine, batchSize }: SpeedOf, speeds: Speeds): Speed | null {
  const distance = (field: string) => Math.abs(Math.log(Number(field.split(' ')[2]) / batchSize));
  const others = [...speeds.keys()].filter((field) => field.startsWith(`${kind} ${engine} `));
  const [nearest] = others.sort((a, b) => distance(a) - distance(b));
  return nearest === undefined ? null : (speeds.get(nearest) ?? null);
}

export function secondsToTrain(spec: TrainSpec, { imagesPerSecond, validationImagesPerSecond }: Speed): number {
  const validation = validationImagesPerSecond === null ? 0 : spec.validationSize / validationImagesPerSecond;
  return spec.epochs * (trainImageCount(spec) / imagesPerSecond + validation);
}

/** @param origin spec of the job whose checkpoint is evaluated; it has split the training images */
export function secondsToEvaluate(spec: EvalSpec, origin: TrainSpec, { imagesPerSecond }: Speed): number {
  const images = {
    test: DATASETS[spec.dataset].testImages,
    validation: origin.validationSize,
    train: trainImageCount(origin),
  };
  return images[spec.split] / imagesPerSecond;
}
