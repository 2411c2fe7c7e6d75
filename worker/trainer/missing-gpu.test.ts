import { expect, it } from 'vitest';
import { missingGpu } from './missing-gpu.ts';
import { WITHOUT_CUDA, WITHOUT_DRIVER } from './testing/without-gpu.ts';

it('quotes what TensorFlow says of the GPU that it does not use, and nothing else', () => {
  const why = missingGpu(WITHOUT_DRIVER);
  expect(why).toMatch(
    /^It cannot load libcuda\.so\.1 \(of NVIDIA's driver\)\. It says: Could not find cuda drivers on your machine.* failed call to cuInit: .*\(303\) A missing/,
  );
  expect(why).not.toMatch(/oneDNN|optimized/);
  expect(why).toMatch(/library comes by npm run .*in a container, which has no npm scripts, an image/);
});

it('names each library that TensorFlow cannot load, once', () => {
  const why = missingGpu(WITHOUT_CUDA);
  expect(why).toContain(
    'It cannot load libcudnn.so.9, libcudart.so.12, libcublas.so.12, libcublasLt.so.12, libcufft.so.11, ' +
      'libcusolver.so.11, libcusparse.so.12. It says: ',
  );
  expect(why).not.toContain('Successfully opened');
});

it('says what is wrong with a library that is there', () => {
  const line = (why: string) =>
    `I0000 00:00:1.1 1 dso_loader.cc:144] Could not load dynamic library 'libnccl.so.2'; dlerror: libnccl.so.2: ${why}`;
  expect(missingGpu(line('file too short; LD_LIBRARY_PATH: /a'))).toContain(
    'cannot load libnccl.so.2 (file too short).',
  );
});

it('names the library that is missing where it is not the one that TensorFlow opens', () => {
  const notThere = 'libnvJitLink.so.12: cannot open shared object file: No such file or directory';
  const line = `I0000 00:00:1.1 1 dso_loader.cc:144] Could not load dynamic library 'libcusolver.so.11'; dlerror: ${notThere}`;
  expect(missingGpu(line)).toContain(`cannot load libcusolver.so.11 (${notThere}).`);
});

it('knows a TensorFlow without CUDA by its silence', () => {
  expect(missingGpu('')).toMatch(
    /without CUDA does: .* by npm run setup:tensorflow -- --gpu --with-cuda; in a container, .* an image built of target gpu/,
  );
});
