import { expect, test } from 'vitest';
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
  expect(deviceOf(WITHOUT_DRIVER.split('\n')).remarks).toEqual([
    'Could not find cuda drivers on your machine, GPU will not be used.',
    expect.stringMatching(/^Could not load dynamic library 'libcuda\.so\.1'/),
    expect.stringMatching(/^failed call to cuInit/),
  ]);
});
