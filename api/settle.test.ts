import { describe, expect, it } from 'vitest';
import type { EngineFacts } from '../shared/engines.ts';
import { JobRequest } from '../shared/jobs.ts';
import { type SettleDeps, settle } from './settle.ts';

const request = (spec: object = {}, more: object = {}) => JobRequest.parse({ kind: 'train', spec, ...more });
const refusing: EngineFacts = { trainQueue: 'train-cpu', refusal: () => 'this engine has no such layer' };
/** These requests refer to no other job. */
const store: SettleDeps['store'] = {
  get: () => expect.unreachable(),
  keptCheckpoints: () => expect.unreachable(),
};

describe('settling a request', () => {
  it('chooses engine and queue, and gives every tag once', async () => {
    const job = await settle(request({}, { tags: ['a', 'b', 'a'], priority: 3 }), { store });
    expect(job).toMatchObject({ queue: 'train-cpu', spec: { engine: 'simd' }, tags: ['a', 'b'], priority: 3 });
    expect((await settle(request(), { store })).id).not.toBe((await settle(request(), { store })).id);
  });

  it.each([{ type: 'adam' }, { momentum: 0.9 }, { weightDecay: 0.01 }])(
    'gives optimizer %j to an engine that has it, and refuses it on one that has not',
    async (optimizer) => {
      expect((await settle(request({ optimizer }), { store })).spec.engine).toBe('wasm');
      await expect(settle(request({ optimizer, engine: 'simd' }), { store })).rejects.toMatchObject({
        status: 422,
        code: 'engine-unavailable',
        faults: [{ field: 'spec.engine', value: 'simd', allowed: expect.stringContaining('plain SGD alone') }],
      });
    },
  );

  it.each(['auto', 'simd'])(
    'refuses a spec with engine %s that no engine can compute, with the reason of each',
    async (engine) => {
      const attempt = settle(request({ engine }), { store, engines: { simd: refusing, wasm: refusing } });
      await expect(attempt).rejects.toMatchObject({ status: 422, code: 'engine-unavailable' });
      await expect(attempt).rejects.toThrow('simd: this engine has no such layer');
    },
  );
});
