import { expect, it } from 'vitest';
import { optimisesAcrossSteps, TENSORFLOW_DEFAULTS, TENSORFLOW_UNSET, trainerEnvironment } from './environment.ts';

const SETTINGS = { dataDir: '/data', workerSlots: 1, trainerThreads: 2, requireGpu: false };
const DEFAULTS = {
  TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  TF_DETERMINISTIC_OPS: '1',
  NVIDIA_TF32_OVERRIDE: '0',
  TF_MIXED_PRECISION: '',
  TF_CPP_MIN_LOG_LEVEL: '2',
  TF_NUM_INTRAOP_THREADS: '1',
  TF_NUM_INTEROP_THREADS: '1',
  CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
  CUDA_VISIBLE_DEVICES: '0',
};

it('a trainer gets what Node and the libraries of the engines read, and its own settings', () => {
  const given = {
    ...{ PATH: '/bin', NODE_OPTIONS: '--max-old-space-size=512', LD_LIBRARY_PATH: '/usr/local/cuda/lib64' },
    ...{
      TF_FORCE_GPU_ALLOW_GROWTH: 'false',
      TF_MIXED_PRECISION: 'bfloat16',
      TF_XLA_FLAGS: '--tf_xla_auto_jit=2',
      CUDA_VISIBLE_DEVICES: '1',
      XLA_FLAGS: '--xla_dump_to=/tmp',
    },
  };
  expect(trainerEnvironment({ ...given, DATA_DIR: '.data' }, SETTINGS)).toEqual({
    ...DEFAULTS,
    ...given,
    ...{ DATA_DIR: '/data', TRAINER_THREADS: '2', REQUIRE_GPU: '0' },
  });
});

it('a trainer that needs a GPU has TensorFlow tell what it lacks for it', () => {
  const told = { TF_CPP_MIN_LOG_LEVEL: '0', TF_CPP_VMODULE: 'dso_loader=1', REQUIRE_GPU: '1' };
  expect(trainerEnvironment({}, { ...SETTINGS, requireGpu: true })).toMatchObject(told);
});

it('tests have TensorFlow compute as trainers do', () => {
  expect(process.env).toMatchObject({ ...TENSORFLOW_DEFAULTS, CUDA_VISIBLE_DEVICES: expect.stringMatching(/^[^,]*$/) });
  for (const name of Object.keys(TENSORFLOW_UNSET)) expect(process.env).not.toHaveProperty(name);
});

it('threads that nobody has set follow from the cores, but for TensorFlow, whose bits depend on them', () => {
  const variables = trainerEnvironment({}, { ...SETTINGS, trainerThreads: undefined }, 3);
  expect(variables).toMatchObject({ TRAINER_THREADS: '3', TF_NUM_INTRAOP_THREADS: '1' });
  const asked = trainerEnvironment({ TF_NUM_INTRAOP_THREADS: '2' }, SETTINGS);
  expect(asked).toMatchObject({ TRAINER_THREADS: '2', TF_NUM_INTRAOP_THREADS: '2' });
});

it.each([
  { given: undefined, visible: '0' },
  { given: '2', visible: '2' },
  { given: '3,1', visible: '3' },
  { given: 'GPU-5c1b2f04, GPU-9d0e1f2a', visible: 'GPU-5c1b2f04' },
  { given: '', visible: '' },
  { given: '-1', visible: '-1' },
])('a trainer sees one GPU: $visible of CUDA_VISIBLE_DEVICES=$given', ({ given, visible }) => {
  const variables = trainerEnvironment({ CUDA_VISIBLE_DEVICES: given }, SETTINGS);
  expect(variables.CUDA_VISIBLE_DEVICES).toBe(visible);
});

it.each([
  { given: {}, rewrites: false },
  { given: { TF_MIXED_PRECISION: 'bfloat16' }, rewrites: true },
  { given: { TF_XLA_FLAGS: '--tf_xla_auto_jit=2' }, rewrites: true },
])('a trainer knows that TensorFlow rewrites graphs as a whole: $given', ({ given, rewrites }) => {
  expect(optimisesAcrossSteps(trainerEnvironment(given, SETTINGS))).toBe(rewrites);
});

it('a trainer gets no secret, of ours or of anyone else', () => {
  const secrets = {
    ...{ REDIS_URL: 'redis://:secret@host', REDIS_PASSWORD: 'secret', AWS_SECRET_ACCESS_KEY: 'secret' },
    ...{ AWS_SESSION_TOKEN: 'secret', NODE_AUTH_TOKEN: 'secret', DATABASE_URL: 'postgres://:secret@host' },
  };
  expect(JSON.stringify(trainerEnvironment(secrets, SETTINGS))).not.toContain('secret');
});
