import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { packageFile } from '../../../shared/package-root.ts';
import { WITHOUT_CUDA, WITHOUT_DRIVER } from '../../../worker/trainer/testing/without-gpu.ts';
import { deviceOf } from './verify.mjs';

test('the device is named as TensorFlow logs it, and so is what it lacks', () => {
  const log =
    'I0000 00:00:1700000000.000000 1 gpu_device.cc:2020] Created device /job:localhost/replica:0/task:0/device:GPU:0 ' +
    'with 76000 MB memory:  -> device: 0, name: NVIDIA H100 80GB HBM3, pci bus id: 0000:19:00.0, compute capability: 9.0';
  expect(deviceOf([log])).toEqual({ name: 'NVIDIA H100 80GB HBM3', remarks: [] });
  const { remarks } = deviceOf(WITHOUT_CUDA.split('\n'));
  const libraries = remarks.flatMap((remark) => /^Could not load dynamic library '(\w+)\./.exec(remark)?.[1] ?? []);
  expect(libraries.sort()).toEqual([
    'libcublas',
    'libcublasLt',
    'libcudart',
    'libcudnn',
    'libcufft',
    'libcusolver',
    'libcusparse',
  ]);
  expect(remarks.join()).not.toContain('Successfully opened');
});

test('docs/gpu.md shows what is told of a GPU without its driver', () => {
  const { remarks } = deviceOf(WITHOUT_DRIVER.split('\n'));
  const document = readFileSync(packageFile('docs/gpu.md'), 'utf8');
  const head = '    It finds no GPU that it can use, and would compute on the CPU:';
  expect(document).toContain([head, ...remarks.map((remark) => `      ${remark}`), ''].join('\n'));
});
