import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeCheckpoint } from '../shared/checkpoints/checkpoint.ts';
import { openCheckpointStore } from '../shared/checkpoints/open-store.ts';
import type { CheckpointStore } from '../shared/checkpoints/store.ts';
import { sha256OfTensors, type Tensors } from '../shared/checkpoints/tensors.ts';
import { byProgress, type CommittedCheckpoint } from '../shared/job-record.ts';
import { newJobId } from '../shared/jobs.ts';
import { trainSpec } from '../shared/testing/jobs.ts';
import { findResumePoint } from './resume.ts';

const jobId = newJobId();
let folder: string;
let store: CheckpointStore;
let committed: CommittedCheckpoint[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trainyard-resume-'));
  store = openCheckpointStore(folder);
  committed = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Saves and commits a checkpoint whose one parameter is its epoch. */
async function commit(epoch: number, step: number, bestEpoch: number | null): Promise<string> {
  const state: Tensors = new Map([['w', { shape: [1], data: Float32Array.of(epoch) }]]);
  const parametersSha256 = sha256OfTensors(state);
  const best = bestEpoch === null ? null : { epoch: bestEpoch, validationLoss: 1, validationAccuracy: 0.5 };
  const run = {
    cursor: { epoch, step },
    sums: { lossSum: 0, correct: 0, images: 0, seconds: 0 },
    best,
    plateau: { validationLoss: null, epochs: 0 },
    optimizerSteps: 0,
    seconds: 0,
    trainedImages: 0,
    trainedSeconds: 0,
  };
  const { bytes, manifest } = encodeCheckpoint(
    { run, state, parametersSha256, isBest: bestEpoch === epoch && step === 0 },
    { jobId, attempt: 1, spec: trainSpec(), engine: 'simd', device: 'cpu' },
  );
  const { name, createdAt } = manifest;
  await store.put(jobId, name, bytes, manifest);
  const entry = { name, cursor: run.cursor, attempt: 1, parametersSha256, bytes: bytes.length, validationLoss: null };
  committed = [...committed, { ...entry, createdAt }].sort(byProgress);
  return name;
}

function damage(name: string): void {
  writeFileSync(join(folder, jobId, `${name}.safetensors`), 'damaged');
}

const find = () => findResumePoint(store, jobId, committed);
const parameterOf = (tensors: Tensors | null | undefined) => tensors?.get('w')?.data[0];

describe('a job goes on from', () => {
  it('the beginning when there is no checkpoint', async () => {
    expect(await find()).toEqual({ from: null, name: null, damaged: [] });
  });

  it('the furthest, with the parameters of the best beside it', async () => {
    await commit(1, 0, 1);
    await commit(2, 0, 2);
    await commit(3, 0, 2);
    const name = await commit(3, 40, 2);
    const resume = await find();
    expect(resume).toMatchObject({ name, damaged: [], from: { run: { cursor: { epoch: 3, step: 40 } } } });
    expect(parameterOf(resume.from?.state)).toBe(3);
    expect(parameterOf(resume.from?.bestParameters)).toBe(2);
  });

  it('the one before, when the furthest is damaged, and says which one is', async () => {
    const before = await commit(1, 0, 1);
    const last = await commit(2, 0, 2);
    damage(last);
    const resume = await find();
    expect(resume).toMatchObject({ name: before, damaged: [{ name: last }] });
    expect(resume.damaged[0]?.why).toContain(last);
  });

  it('one before the best, when the best is damaged: the run must be able to end as it would have', async () => {
    const first = await commit(1, 0, 1);
    const best = await commit(2, 0, 2);
    await commit(3, 0, 2);
    damage(best);
    expect(await find()).toMatchObject({ name: first, damaged: [{ name: best }] });
  });

  it('the beginning when all are damaged or gone', async () => {
    const one = await commit(1, 0, 1);
    const other = await commit(2, 0, 2);
    damage(one);
    rmSync(join(folder, jobId, `${other}.json`));
    expect(await find()).toMatchObject({ from: null, name: null, damaged: [{ name: other }, { name: one }] });
  });
});
