import { describe, expect, it } from 'vitest';
import { sha256OfTensors } from '../../shared/checkpoints/tensors.ts';
import { MODELS } from '../../shared/models/models.ts';
import { initialState } from './initial-state.ts';

describe('the initial state of LeNet-5', () => {
  const state = initialState('lenet5', 0);

  // these bits settle every result: they must never change
  it('is the same bits as ever', () => {
    expect(sha256OfTensors(state)).toBe('8070e3cd7ecb20ca96d6b533cb55d62fddf88da2a15a546ef844290980d032af');
  });

  it('holds every parameter in its shape, in state_dict order', () => {
    expect([...state].map(([name, { shape }]) => [name, shape])).toEqual(
      MODELS.lenet5.parameters.map(({ name, shape }) => [name, shape]),
    );
  });

  it('is uniform within ±1/√fanIn', () => {
    for (const { name, fanIn } of MODELS.lenet5.parameters) {
      const bound = 1 / Math.sqrt(fanIn);
      const data = state.get(name)?.data ?? new Float32Array(0);
      expect(data.every((value) => Math.abs(value) <= Math.fround(bound))).toBe(true);
      if (data.length < 1000) continue;
      expect(data.reduce((sum, value) => sum + value, 0) / data.length / bound).toBeCloseTo(0, 1);
      expect(data.reduce((sum, value) => sum + value * value, 0) / data.length / bound ** 2).toBeCloseTo(1 / 3, 1);
      expect(Math.max(...data) / bound).toBeGreaterThan(0.98);
      expect(Math.min(...data) / bound).toBeLessThan(-0.98);
    }
  });

  it('is another one for another seed', () => {
    expect(sha256OfTensors(initialState('lenet5', 1))).not.toBe(sha256OfTensors(state));
  });
});
