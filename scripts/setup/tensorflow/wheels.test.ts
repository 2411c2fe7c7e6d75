import { expect, test } from 'vitest';
import { chooseWheel } from './wheels.mjs';

test.each([
  ['cpu', 'x64', 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl'],
  ['gpu', 'x64', 'tensorflow-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl'],
  ['cpu', 'arm64', 'tensorflow-2.21.0-cp311-cp311-manylinux_2_27_aarch64.whl'],
] as const)('the wheel of --%s on linux-%s is %s', (flavour, arch, file) => {
  expect(chooseWheel(flavour, { platform: 'linux', arch }).fetched.file).toBe(file);
});

test('for other machines there is no wheel, which is said with those there is one for', () => {
  expect(() => chooseWheel('gpu', { platform: 'darwin', arch: 'arm64' })).toThrow(
    /no TensorFlow 2\.21\.0 \(--gpu\) for darwin-arm64.*linux-x64 --cpu, linux-x64 --gpu, linux-arm64 --cpu/,
  );
});
