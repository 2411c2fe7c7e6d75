import { describe, expect, it } from 'vitest';
import { trainSpec } from '../shared/testing/jobs.ts';
import { epochLine, progressOf } from './progress.ts';

describe('progress', () => {
  const step = { trainLoss: 1, trainAccuracy: 0.5, imagesPerSecond: 10_000 };

  it('counts all steps of all epochs', () => {
    // 3,438 steps an epoch, 20 epochs
    expect(progressOf(trainSpec(), { ...step, epoch: 1, step: 0 }).percentage).toBe(0);
    expect(progressOf(trainSpec(), { ...step, epoch: 11, step: 0 }).percentage).toBe(50);
    expect(progressOf(trainSpec(), { ...step, epoch: 20, step: 3438 }).percentage).toBe(100);
  });

  it('says how long the rest takes at the speed of now', () => {
    // 10 epochs of 55,000 images are left
    const { estimatedRemainingSeconds } = progressOf(trainSpec(), { ...step, epoch: 11, step: 0 });
    expect(estimatedRemainingSeconds).toBeCloseTo(55, 5);
    expect(
      progressOf(trainSpec(), { ...step, imagesPerSecond: 0, epoch: 1, step: 1 }).estimatedRemainingSeconds,
    ).toBeNull();
  });

  it('counts the validations that are still to come', () => {
    const at = (epoch: number, of: number) =>
      progressOf(trainSpec(), { ...step, epoch, step: of }, 2).estimatedRemainingSeconds;
    expect(at(20, 3438)).toBeCloseTo(0, 5);
    expect(at(20, 0)).toBeCloseTo(5.5 + 2, 5);
  });

  it('prints an epoch as the post does', () => {
    const row = {
      epoch: 3,
      trainLoss: 1.44421,
      trainAccuracy: 0.77729,
      validationLoss: 1.3573,
      validationAccuracy: 0.8036,
      imagesPerSecond: 18_200.4,
      seconds: 3,
    };
    expect(epochLine({ epochs: 20 }, row)).toBe(
      '[epoch 3/20] train loss 1.4442 acc 0.7773 | validation loss 1.3573 acc 0.8036 | 18,200 images/s',
    );
  });
});
