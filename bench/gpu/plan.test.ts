import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { packageFile } from '../../shared/package-root.ts';
import { planFor } from './plan.ts';

const ON_GPU = { device: 'gpu', hasPytorch: true, quick: false } as const;

test('on a GPU PyTorch multiplies as precisely as the rows that it stands beside', () => {
  const { processes } = planFor(ON_GPU);
  const override = (name: string) => processes.get(name)?.env.NVIDIA_TF32_OVERRIDE;
  expect(override('pytorch')).toBe('0');
  expect(override('tensorflow')).toBe('0');
  expect(readFileSync(packageFile('bench/measure_torch.py'), 'utf8')).not.toMatch(/matmul_precision|allow_tf32/);
});

test.each([
  ['gpu', 'float16'],
  ['cpu', 'bfloat16'],
] as const)('on a %s mixed precision is measured as %s', (device, precision) => {
  const { rows, processes } = planFor({ ...ON_GPU, device });
  const row = rows.find(({ label }) => label === `graph, 8 steps a call, ${precision}`);
  expect(processes.get(row?.process ?? '')?.env).toMatchObject({ TF_MIXED_PRECISION: precision });
  expect(rows.filter(({ process }) => process === row?.process)).toHaveLength(1);
});

test('whatever is set where it is measured, other rows are in whole precision', () => {
  const { processes } = planFor(ON_GPU);
  const others = [...processes.values()].filter(({ runs, env }) => runs === 'tensorflow' && !env.TF_MIXED_PRECISION);
  expect(others).toHaveLength(processes.size - 2);
  for (const { env } of others) expect(env).toMatchObject({ TF_MIXED_PRECISION: '' });
});

test('nor does XLA, set or oneDNN, unset where it is measured, reach a row that does not say so', () => {
  const { processes } = planFor(ON_GPU);
  const ofTensorflow = [...processes].filter(([, { runs }]) => runs === 'tensorflow');
  for (const [name, { env }] of ofTensorflow) {
    expect(env).toHaveProperty('TF_ENABLE_ONEDNN_OPTS', undefined);
    if (!name.includes('XLA')) expect(env).toHaveProperty('TF_XLA_FLAGS', undefined);
  }
});
