import { describe, expect, it } from 'vitest';
import { Interrupted, LockLost } from '../shared/errors.ts';
import { newJobId } from '../shared/jobs.ts';
import { createLeases, leaseMs } from './lease.ts';

describe('a lease', () => {
  it('ends 5 s before the lock, and a third of a short lock before it', () => {
    expect(leaseMs(15_000)).toBe(10_000);
    expect(leaseMs(3_000)).toBe(2_000);
  });

  it('stops the job when no renewal was seen for so long, and not before', () => {
    let now = 0;
    const leases = createLeases(15_000, () => now);
    const id = newJobId();
    const { stop } = leases.open(id);
    now = 9_000;
    leases.renewed([id]);
    now = 19_000;
    leases.check();
    expect(stop.signal.aborted).toBe(false);
    now = 19_001;
    leases.check();
    expect(stop.signal.reason).toBeInstanceOf(LockLost);
  });

  it('passes on why a job, or every job, is to stop; the first reason holds', () => {
    const leases = createLeases(15_000);
    const [one, other] = [newJobId(), newJobId()];
    const first = leases.open(one);
    const second = leases.open(other);
    leases.stop(one, new LockLost());
    leases.stopAll(new Interrupted('SIGTERM'));
    expect(first.stop.signal.reason).toBeInstanceOf(LockLost);
    expect(second.stop.signal.reason).toBeInstanceOf(Interrupted);
  });

  it('that was closed does not take a newer one of the same job with it', () => {
    const leases = createLeases(15_000);
    const id = newJobId();
    const old = leases.open(id);
    leases.open(id);
    old.close();
    expect(leases.jobIds()).toEqual([id]);
  });
});
