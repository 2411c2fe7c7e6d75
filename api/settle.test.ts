import { describe, expect, it } from 'vitest';
import type { EngineFacts } from '../shared/engines.ts';
import { HttpError } from '../shared/errors.ts';
import { JobRequest } from '../shared/jobs.ts';
import { settle } from './settle.ts';

const request = (spec: object = {}, more: object = {}) => JobRequest.parse({ kind: 'train', spec, ...more });
const refusing: EngineFacts = { queue: 'train-cpu', refusal: () => 'this engine has no such layer' };

describe('settling a request', () => {
  it('chooses engine and queue, and gives every tag once', () => {
    const job = settle(request({}, { tags: ['a', 'b', 'a'], priority: 3 }));
    expect(job).toMatchObject({ queue: 'train-cpu', spec: { engine: 'simd' }, tags: ['a', 'b'], priority: 3 });
    expect(settle(request()).id).not.toBe(settle(request()).id);
  });

  it.each(['auto', 'simd'])(
    'refuses a spec with engine %s that no engine can compute, with the reason of each',
    (engine) => {
      const attempt = () => settle(request({ engine }), { simd: refusing });
      expect(attempt).toThrow(HttpError);
      expect(attempt).toThrow('simd: this engine has no such layer');
    },
  );
});
