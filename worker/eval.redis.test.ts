/** What becomes of checkpoints: evaluations, trainings that start from one, and runs that go on from their own. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NewJob } from '../shared/job-record.ts';
import { EvalSpec, type JobId, newJobId, Optimizer } from '../shared/jobs.ts';
import { readSpeeds } from '../shared/speeds.ts';
import { TWELVE_STEPS, trainSpec } from '../shared/testing/jobs.ts';
import { type TestProcess, until } from '../shared/testing/processes.ts';
import { FullEvaluation } from '../shared/views.ts';
import { liveWorkers } from '../shared/workers.ts';
import { isAlive } from './testing/disturbed.ts';
import { AT_FULL_SPEED, startYard, type Yard } from './testing/yard.ts';

let yard: Yard;
let worker: TestProcess;
let trained: JobId;
/** Process id of the trainer for evaluations. */
let evaluator: number;
beforeAll(async () => {
  yard = await startYard();
  worker = await yard.worker('w1', { ...AT_FULL_SPEED, WORKER_QUEUES: 'train-cpu,eval', TRAINER_MAX_JOBS: '3' });
  trained = await yard.submit(TWELVE_STEPS);
  await yard.ended(trained);
});
afterAll(() => yard.close());

function evalJob(checkpoint: object, more: object = {}): NewJob {
  const spec = EvalSpec.parse({
    checkpoint: { jobId: trained, ...checkpoint },
    dataset: 'mnist',
    engine: 'simd',
    ...more,
  });
  return { kind: 'eval', spec, id: newJobId(), name: null, tags: [], priority: 0, queue: 'eval', checkpoint: null };
}

async function evaluated(job: NewJob) {
  await yard.control.submit(job);
  const { record } = await yard.ended(job.id);
  if (record.kind !== 'eval' || !record.result) throw new Error(`it is ${record.state}: ${record.error?.message}`);
  const json = await yard.checkpoints.readEvaluation(job.id, record.attempt);
  return {
    record,
    result: record.result,
    whole: FullEvaluation.parse(JSON.parse(new TextDecoder().decode(json ?? undefined))),
  };
}

describe('an eval job', () => {
  it('finds on the test split what the training found, and names every image that is wrong', async () => {
    const { record, result, whole } = await evaluated(evalJob({ epoch: 'best' }));
    const { record: training } = await yard.ended(trained);
    if (training.kind !== 'train' || !training.result) throw new Error('the training has no result');
    const { test, best } = training.result;
    evaluator = await until(
      async () => {
        const [, forEvaluations] = (await liveWorkers(yard.redis))[0]?.trainers ?? [];
        return forEvaluations;
      },
      { what: 'the worker has told of its trainer for evaluations' },
    );
    expect(result).toMatchObject({ split: 'test', images: 10_000, accuracy: test.accuracy, confusion: test.confusion });
    expect(result.loss).toBeCloseTo(test.loss, 6);
    expect(record.resolvedCheckpoint).toMatchObject({ jobId: trained, cursor: { epoch: best.epoch, step: 0 } });
    expect(whole.misclassified).toHaveLength(result.misclassified);
    expect(result.misclassified).toBe(Math.round(10_000 * (1 - test.accuracy)));
    const wrong = test.confusion.map((row, label) => row.map((count, at) => (at === label ? 0 : count)));
    for (const { label, predicted, confidence } of whole.misclassified) {
      (wrong[label] as number[])[predicted] = (wrong[label]?.[predicted] ?? 0) - 1;
      expect(confidence).toBeGreaterThanOrEqual(0.1);
      expect(confidence).toBeLessThanOrEqual(1);
    }
    expect(wrong.flat().every((count) => count === 0)).toBe(true);
  });

  it("splits validation and training images as the checkpoint's own job did", async () => {
    const rows = await yard.store.epochRows(trained);
    const last = rows.at(-1);
    const { result, whole } = await evaluated(evalJob({ epoch: 3 }, { split: 'validation', batchSize: 64 }));
    expect(result.images).toBe(TWELVE_STEPS.validationSize);
    expect(result.accuracy).toBe(last?.validationAccuracy);
    expect(result.loss).toBeCloseTo(last?.validationLoss ?? 0, 6);
    expect(whole.checkpoint.cursor).toEqual({ epoch: 3, step: 0 });
    const onTrain = await evaluated(evalJob({ epoch: 'last' }, { split: 'train' }));
    expect(onTrain.result.images).toBe(TWELVE_STEPS.trainSize);
  });

  it('does not wait behind a training that has every slot', async () => {
    const long = await yard.submit({ epochs: 50 });
    await yard.event(long, (event): event is typeof event => event.type === 'step');
    await evaluated(evalJob({ epoch: 'best' }));
    expect((await yard.store.get(long))?.record.state).toBe('active');
    await yard.control.cancel(long);
    await yard.ended(long);
  });

  it('is done by one trainer however many there are: TRAINER_MAX_JOBS is of those that train', async () => {
    const { attempt } = (await evaluated(evalJob({ epoch: 'best' }))).record;
    expect({ attempt, isAlive: isAlive(evaluator) }).toEqual({ attempt: 1, isAlive: true });
  });

  it('fails for good when the checkpoint is not there any more', async () => {
    const job = evalJob({ epoch: 7 });
    await yard.control.submit(job);
    const { record } = await yard.ended(job.id);
    expect(record).toMatchObject({ state: 'failed', failures: 1, error: { code: 'checkpoint-not-found' } });
  });

  it('of a damaged checkpoint fails for good, and says which one to name instead', async () => {
    const id = await yard.submit(TWELVE_STEPS);
    await yard.ended(id);
    const [last, before] = await yard.store.checkpoints(id);
    writeFileSync(join(yard.folder, 'checkpoints', id, `${last?.name}.safetensors`), 'not what it was');
    const job = evalJob({ jobId: id, epoch: 'last' });
    await yard.control.submit(job);
    const { error } = (await yard.ended(job.id)).record;
    expect(error?.code).toBe('checkpoint-damaged');
    expect(error?.message).toMatch(new RegExp(`${last?.name}.*is damaged.*; refer to another one, with "epoch": 2$`));
    expect(before?.cursor).toEqual({ epoch: 2, step: 0 });
    await evaluated(evalJob({ jobId: id, epoch: 2 }));
  });

  it('keeps the job that it refers to from being deleted, until it is deleted itself', async () => {
    const referred = await yard.submit(TWELVE_STEPS);
    await yard.ended(referred);
    const { record } = await evaluated(evalJob({ jobId: referred }));
    await expect(yard.control.remove(referred)).rejects.toMatchObject({ status: 409, code: 'job-referenced' });
    await expect(yard.control.remove(referred)).rejects.toThrow(record.id);
    await yard.control.remove(record.id);
    await yard.control.remove(referred);
    expect(await yard.store.get(referred)).toBeNull();
  });
});

it('training and evaluation leave how fast they were, to expect the times of others by', async () => {
  const id = await yard.submit({ ...TWELVE_STEPS, batchSize: 20 });
  const training = (await yard.ended(id)).record.result;
  const evaluation = (await evaluated(evalJob({ jobId: id }, { batchSize: 250 }))).result;
  const speeds = await readSpeeds(yard.redis);
  expect(speeds.get('train simd 20')).toMatchObject({ imagesPerSecond: training?.imagesPerSecond });
  expect(speeds.get('eval simd 250')).toMatchObject({ imagesPerSecond: evaluation.imagesPerSecond });
});

describe('a training from another job', () => {
  it("begins at the checkpoint's parameters, with epochs counted from 1, and gives the same bits each time", async () => {
    const spec = { ...TWELVE_STEPS, from: { jobId: trained, epoch: 3 } } as const;
    const one = await yard.bits(await yard.submit(spec));
    const other = await yard.bits(await yard.submit(spec));
    expect(one).toEqual(other);
    const fresh = await yard.bits(await yard.submit(TWELVE_STEPS));
    expect(one.rows.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    expect(one.rows[0]?.trainLoss).toBeLessThan(fresh.rows[0]?.trainLoss ?? 0);
    expect(one.result.parametersSha256).not.toBe(fresh.result.parametersSha256);
  });

  it('keeps the referenced checkpoint while the other job prunes', async () => {
    const spec = trainSpec({ ...TWELVE_STEPS, epochs: 200, checkpoint: { everyEpochs: 1, keepLast: 1 } });
    const long = await yard.submit(spec);
    await yard.event(
      long,
      (event): event is Extract<typeof event, { type: 'checkpoint' }> => event.type === 'checkpoint',
    );
    const job = evalJob({ jobId: long, epoch: 'last' });
    const { whole } = await evaluated(job);
    await yard.ended(long);
    const names = (await yard.store.checkpoints(long)).map(({ name }) => name as string);
    expect(names).toContain(whole.checkpoint.name);
    expect(await yard.checkpoints.readManifest(long, whole.checkpoint.name)).not.toBeNull();
    // beside it the best and the last one
    expect(names.length).toBeLessThanOrEqual(3);
  });
});

describe('a training with Adam', () => {
  const spec = {
    ...TWELVE_STEPS,
    trainSize: 320,
    epochs: 2,
    engine: 'wasm',
    optimizer: Optimizer.parse({ type: 'adam' }),
  } as const;
  let whole: JobId;
  beforeAll(async () => {
    whole = await yard.submit(spec);
    await yard.ended(whole);
  });

  it('leaves a checkpoint that simd evaluates to the same', async () => {
    const { result: training } = (await yard.ended(whole)).record;
    const { result } = await evaluated(evalJob({ jobId: whole }));
    if (training === null || !('test' in training)) throw new Error('the training has no result');
    expect(training.engine).toBe('wasm');
    expect(result).toMatchObject({ engine: 'simd', confusion: training.test.confusion });
  });

  it('leaves a checkpoint of which a training with another optimizer takes the parameters alone', async () => {
    const plain = await yard.submit({ ...TWELVE_STEPS, from: { jobId: whole, epoch: 'last' } });
    const { result, rows } = await yard.bits(plain);
    expect(result.engine).toBe('simd');
    expect(rows[0]?.trainLoss).toBeLessThan((await yard.store.epochRows(whole))[0]?.trainLoss ?? 0);
  });

  it('ends with the same bits when its worker is told to stop and another one takes it', async () => {
    const stopped = await yard.submit(spec);
    await yard.event(stopped, (event): event is typeof event => event.type === 'step');
    worker.kill('SIGTERM');
    await worker.exited;
    await yard.worker('w2');
    expect(await yard.bits(stopped)).toEqual(await yard.bits(whole));
    expect((await yard.ended(stopped)).attempts.map(({ outcome }) => outcome)).toEqual(['given-back', 'completed']);
  });
});
