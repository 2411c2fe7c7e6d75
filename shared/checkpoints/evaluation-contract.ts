/** What every checkpoint store must do with evaluations: a part of the battery of store-contract.ts. */
import { describe, expect, it } from 'vitest';
import type { CheckpointStore } from './store.ts';
import { OTHER_JOB, SAMPLE_JOB } from './testing/sample.ts';

export function describeEvaluations(kind: string, store: () => CheckpointStore): void {
  describe(`${kind}: an evaluation`, () => {
    const json = (text: string) => new TextEncoder().encode(text);

    it('is read as it was put, by job and attempt; put again, it replaces the one before', async () => {
      await store().putEvaluation(SAMPLE_JOB, 1, json('{"loss":1}'));
      await store().putEvaluation(SAMPLE_JOB, 2, json('{"loss":2}'));
      await store().putEvaluation(SAMPLE_JOB, 2, json('{"loss":3}'));
      expect(Buffer.from((await store().readEvaluation(SAMPLE_JOB, 1)) ?? []).toString()).toBe('{"loss":1}');
      expect(Buffer.from((await store().readEvaluation(SAMPLE_JOB, 2)) ?? []).toString()).toBe('{"loss":3}');
      expect(await store().readEvaluation(OTHER_JOB, 1)).toBeNull();
    });

    it('is no checkpoint, and goes with its job', async () => {
      await store().putEvaluation(SAMPLE_JOB, 1, json('{}'));
      expect(await store().list(SAMPLE_JOB)).toEqual([]);
      await store().removeJob(SAMPLE_JOB);
      expect(await store().readEvaluation(SAMPLE_JOB, 1)).toBeNull();
    });
  });
}
