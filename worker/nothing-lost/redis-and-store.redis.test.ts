/** Nothing is lost when Redis dies or refuses to write, and checkpoints are damaged. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sampleFile } from '../../shared/checkpoints/testing/sample.ts';
import { readEvents } from '../../shared/event-stream.ts';
import { TWELVE_STEPS } from '../../shared/testing/jobs.ts';
import { until } from '../../shared/testing/processes.ts';
import { isEpoch, SOME_SECONDS, undisturbed } from '../testing/disturbed.ts';
import { startYard, type Yard } from '../testing/yard.ts';

let yard: Yard;
beforeEach(async () => {
  yard = await startYard();
});
afterEach(() => yard.close());

describe('the checkpoints', () => {
  it('a damaged last one is reported, and the one before it used', async () => {
    const expected = await undisturbed(yard, SOME_SECONDS);
    const first = await yard.worker('first');
    const id = await yard.submit(SOME_SECONDS);
    await yard.event(id, isEpoch(3));
    first.kill('SIGTERM');
    await first.exited;
    const [last, before] = await yard.store.checkpoints(id);
    writeFileSync(join(yard.folder, 'checkpoints', id, `${last?.name}.safetensors`), 'not what it was');

    await yard.worker('second');
    expect(await yard.bits(id)).toEqual(expected);
    const warnings = (await readEvents(yard.redis, id)).map(({ event }) => event).filter(({ type }) => type === 'log');
    expect(warnings).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        message: expect.stringMatching(`${last?.name}.*is damaged.*going on from ${before?.name}`),
      }),
    );
  });

  it('of a life of the record before Redis was put back are replaced, never gone on from', async () => {
    const expected = await undisturbed(yard, TWELVE_STEPS);
    const id = await yard.submit(TWELVE_STEPS);
    const { bytes, manifest } = sampleFile(1, 0, id);
    await yard.checkpoints.put(id, manifest.name, bytes, manifest);
    await yard.worker('worker');
    expect(await yard.bits(id)).toEqual(expected);
    expect((await yard.ended(id)).record.failures).toBe(0);
    expect((await yard.checkpoints.load(id, manifest.name)).manifest.sha256).not.toBe(manifest.sha256);
  });

  it('kept are the best and the last ones that the spec asks for, in the store as in the record', async () => {
    await yard.worker('worker');
    const id = await yard.submit({ ...TWELVE_STEPS, epochs: 8, checkpoint: { everyEpochs: 1, keepLast: 2 } });
    const { record } = await yard.ended(id);
    const kept = (await yard.store.checkpoints(id)).map(({ name }) => name);
    expect(kept).toContain(record.bestCheckpoint);
    expect(kept).toContain(record.checkpoint);
    expect(kept.length).toBeLessThanOrEqual(3);
    expect([...(await yard.checkpoints.list(id))].sort()).toEqual([...kept].sort());
  });
});

describe('Redis', () => {
  it('killed and restarted in the middle of a job: it ends with the same bits', async () => {
    const expected = await undisturbed(yard, SOME_SECONDS);
    await yard.worker('worker');
    const id = await yard.submit(SOME_SECONDS);
    // Not as in production: by everysec Redis keeps writes back while a slow disk syncs those before, for two seconds at
    // most, and loses them when it is killed then (README). This is about what follows when it has lost nothing.
    await yard.redis.config('SET', 'appendfsync', 'no');
    await yard.event(id, isEpoch(2));
    await yard.server.kill();
    await yard.server.restart();
    expect(await yard.bits(id)).toEqual(expected);
    expect((await yard.ended(id)).record.failures).toBe(0);
  });
});

describe('Redis that refuses to write', () => {
  it('is said once, no job is taken meanwhile, and all goes on when it takes writes again', async () => {
    const worker = await yard.worker('worker');
    await yard.bits(await yard.submit(TWELVE_STEPS));
    await yard.redis.config('SET', 'min-replicas-to-write', '1');
    await until(() => worker.output().includes('Redis refuses to write'), { what: 'the worker says so' });
    const callsBefore = await scriptCalls();
    await until(async () => (await scriptCalls()) > callsBefore, { what: 'the worker asks again' });
    expect((await scriptCalls()) - callsBefore, 'it does not spin').toBeLessThan(100);
    await yard.redis.config('SET', 'min-replicas-to-write', '0');
    await yard.bits(await yard.submit(TWELVE_STEPS));
    await until(() => worker.output().includes('Redis takes writes again'), { what: 'the worker says that too' });
    expect(worker.output().match(/Redis refuses to write/g)).toHaveLength(1);
  });
});

/** How often a script was called since Redis started, refused calls included. */
async function scriptCalls(): Promise<number> {
  const stats = await yard.redis.info('commandstats');
  const [, calls = '0', rejected = '0'] = /cmdstat_evalsha:calls=(\d+).*rejected_calls=(\d+)/.exec(stats) ?? [];
  const [, failed = '0'] = /cmdstat_evalsha:.*failed_calls=(\d+)/.exec(stats) ?? [];
  return Number(calls) + Number(rejected) + Number(failed);
}
