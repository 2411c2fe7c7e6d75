import { expect, it } from 'vitest';
import { missingGpu } from './missing-gpu.ts';

/** As TensorFlow 2.21's CUDA build says it on a machine without NVIDIA's driver. */
const WITHOUT_DRIVER = `WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795553281.092542   18033 port.cc:153] oneDNN custom operations are on. You may see slightly different numerical results.
I0000 00:00:1795553281.093980   18033 cudart_stub.cc:31] Could not find cuda drivers on your machine, GPU will not be used.
I0000 00:00:1795553281.210940   18033 cpu_feature_guard.cc:227] This TensorFlow binary is optimized to use available CPU instructions.
E0000 00:00:1795553281.213152   18033 cuda_platform.cc:52] failed call to cuInit: INTERNAL: CUDA error: Failed call to cuInit: UNKNOWN ERROR (303)
`;

it('quotes what TensorFlow says of the GPU that it does not use, and nothing else', () => {
  const why = missingGpu(WITHOUT_DRIVER);
  expect(why).toMatch(
    /^It says: Could not find cuda drivers on your machine.* failed call to cuInit: .*\(303\) A missing/,
  );
  expect(why).not.toMatch(/oneDNN|optimized/);
  expect(why).toMatch(/library comes by npm run .*in a container, which has no npm scripts, an image/);
});

it('knows a TensorFlow without CUDA by its silence', () => {
  expect(missingGpu('')).toMatch(
    /without CUDA does: .* by npm run setup:tensorflow -- --gpu --with-cuda; in a container, .* an image built of target gpu/,
  );
});
