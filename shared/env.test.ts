import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readEnvironment } from './env.ts';
import { packageFile } from './package-root.ts';
import { SETTINGS } from './settings.ts';

describe('the environment', () => {
  it('has a default for everything', () => {
    expect(readEnvironment({})).toMatchObject({
      host: '127.0.0.1',
      port: undefined,
      redisUrl: 'redis://127.0.0.1:6379',
      workerSlots: 1,
      trainerThreads: undefined,
      jobLockMs: 15_000,
      stalledCheckMs: 5_000,
      logLevel: 'info',
    });
    expect(readEnvironment({ DATA_DIR: '/data' }).checkpointStore).toBe('file:/data/checkpoints');
    expect(readEnvironment({ PORT: '' }).port).toBeUndefined();
  });

  it('is refused with all its faults at once: name, value, what is allowed, default', () => {
    const read = () =>
      readEnvironment({ PORT: 'http', WORKER_SLOTS: '0', HOST: '0.0.0.0', LOG_LEVEL: 'loud', JOB_LOCK_MS: '1e4' });
    expect(read).toThrow(/PORT="http": a whole number from 0 to 65535/);
    expect(read).toThrow(/WORKER_SLOTS="0": .*1 .*\(default: 1\)/);
    expect(read).toThrow(/HOST="0\.0\.0\.0": a loopback address.*npm run key/);
    expect(read).toThrow(/LOG_LEVEL="loud"/);
    expect(read).toThrow(/JOB_LOCK_MS="1e4"/);
  });

  it('gives a worker all queues, or those of a list', () => {
    expect(readEnvironment({}).workerQueues).toEqual(['train-cpu', 'train-gpu', 'eval']);
    expect(readEnvironment({ WORKER_QUEUES: 'eval' }).workerQueues).toEqual(['eval']);
    expect(() => readEnvironment({ WORKER_QUEUES: 'eval,train' })).toThrow(/WORKER_QUEUES="eval,train": names out of/);
  });

  it('requires a GPU of workers alone that train on one', () => {
    const read = (WORKER_QUEUES?: string) => readEnvironment({ REQUIRE_GPU: '1', WORKER_QUEUES }).requireGpu;
    expect(read()).toBe(true);
    expect(read('train-gpu')).toBe(true);
    expect(() => read('train-cpu,eval')).toThrow(/REQUIRE_GPU="1": 0 for a worker whose WORKER_QUEUES/);
  });

  it('has mixed precision as TensorFlow has it, or none', () => {
    for (const TF_MIXED_PRECISION of ['float16', 'bfloat16', '', undefined]) {
      expect(() => readEnvironment({ TF_MIXED_PRECISION })).not.toThrow();
    }
    expect(() => readEnvironment({ TF_MIXED_PRECISION: 'half' })).toThrow(
      'TF_MIXED_PRECISION="half": float16 or bfloat16 (default: none)',
    );
  });

  it('counts the slots of a worker for all queues of trainings, or for each', () => {
    const slots = (given?: string) => readEnvironment({ SLOTS_PER_WORKER: given }).slotsPerWorker;
    expect(slots()).toEqual({ 'train-cpu': 1, 'train-gpu': 1, eval: 1 });
    expect(slots('3')).toEqual({ 'train-cpu': 3, 'train-gpu': 3, eval: 1 });
    expect(slots('train-cpu=2')).toEqual({ 'train-cpu': 2, 'train-gpu': 1, eval: 1 });
    expect(slots('train-gpu=4,train-cpu=2')).toEqual({ 'train-cpu': 2, 'train-gpu': 4, eval: 1 });
    for (const faulty of [
      '0',
      '65',
      'two',
      'train-cpu',
      'train-cpu=0',
      'train-cpu=2=3',
      'train-tpu=1',
      'eval=2',
      'train-cpu=1,train-cpu=2',
    ]) {
      expect(() => slots(faulty), faulty).toThrow(
        `SLOTS_PER_WORKER="${faulty}": a whole number from 1 to 64, or one for each queue of trainings that is not 1, as train-cpu=2`,
      );
    }
  });

  it('lets the API listen anywhere once there are keys', () => {
    const env = readEnvironment({ HOST: '0.0.0.0', API_KEYS_FILE: 'keys.json' });
    expect(env).toMatchObject({ host: '0.0.0.0', apiKeysFile: 'keys.json' });
  });

  it('is checked across fields', () => {
    expect(() => readEnvironment({ JOB_LOCK_MS: '2000', STALLED_CHECK_MS: '3000' })).toThrow(
      /STALLED_CHECK_MS="3000": at most JOB_LOCK_MS/,
    );
  });

  it('never shows the password of REDIS_URL, nor one put into CHECKPOINT_STORE by mistake', () => {
    expect(() => readEnvironment({ REDIS_URL: 'http://:secret@host' })).toThrow(/REDIS_URL=\(not shown\)/);
    const store = (url: string) => () => readEnvironment({ CHECKPOINT_STORE: url });
    for (const url of ['s3://id:secret@bucket/x', 's3://bucket/x?endpoint=http://id:secret@host']) {
      expect(store(url)).toThrow(/CHECKPOINT_STORE="s3:.*id:\(not shown\)@.*: .*credentials/);
      expect(store(url)).not.toThrow(/secret/);
    }
  });

  it('takes a bucket for CHECKPOINT_STORE, and refuses what is neither bucket nor folder', () => {
    const bucket = 's3://bucket/some/prefix?endpoint=http://127.0.0.1:9000';
    expect(readEnvironment({ CHECKPOINT_STORE: bucket }).checkpointStore).toBe(bucket);
    expect(() => readEnvironment({ CHECKPOINT_STORE: 'gs://bucket' })).toThrow(
      /CHECKPOINT_STORE="gs:\/\/bucket": allowed: a folder, .*or a bucket, as s3:\/\/bucket\/prefix/,
    );
  });

  it('is told in the README exactly as it is in the code', () => {
    const table = [
      '| variable | default | |',
      '|---|---|---|',
      ...SETTINGS.map((setting) => `| \`${setting.name}\` | ${setting.default} | ${setting.description} |`),
    ].join('\n');
    const readme = readFileSync(packageFile('README.md'), 'utf8');
    expect(readme.split('<!-- settings -->\n')[1]?.split('\n<!-- /settings -->')[0]).toBe(table);
  });
});
