import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { RetryableError } from '../errors.ts';
import { type FaultyProxy, startFaultyProxy } from '../testing/faulty-proxy.ts';
import { describeS3, startTestS3, type TestS3 } from '../testing/s3.ts';
import { openCheckpointStore } from './open-store.ts';
import type { CheckpointStore } from './store.ts';
import { describeCheckpointStore } from './store-contract.ts';
import { OTHER_JOB, SAMPLE_JOB, sampleFile } from './testing/sample.ts';

const { bytes, manifest } = sampleFile(1);
const { name } = manifest;
const data = `${SAMPLE_JOB}/${name}.safetensors`;
const json = (text: string) => new TextEncoder().encode(text);

describeS3('S3 store', () => {
  let s3: TestS3;
  beforeAll(async () => {
    s3 = await startTestS3();
  });
  afterAll(() => s3.stop());

  describeCheckpointStore('S3 store', async () => {
    const bucket = await s3.newBucket();
    const key = (path: string) => `some/pre fix é%41+/${path}`;
    const url = `s3://${bucket}/some/pre fix é%2541+?endpoint=${s3.endpoint}`;
    return {
      store: openCheckpointStore(url),
      url,
      files: {
        read: (path) => s3.read(bucket, key(path)),
        write: (path, bytes) => s3.write(bucket, key(path), bytes),
        remove: (path) => s3.remove(bucket, key(path)),
      },
      close: async () => {},
    };
  });

  describe('behind a network with faults', () => {
    let proxy: FaultyProxy;
    let bucket: string;
    let store: CheckpointStore;
    const put = (one = store) => one.put(SAMPLE_JOB, name, bytes, manifest);
    const unavailable = (error: unknown) => error instanceof RetryableError && error.code === 'store-unavailable';

    beforeEach(async () => {
      bucket = await s3.newBucket();
      proxy = await startFaultyProxy(s3.endpoint);
      store = openCheckpointStore(`s3://${bucket}/runs?endpoint=${proxy.url}`);
      return () => proxy.goDown();
    });

    it('sends the SHA-256 of every object that it writes', async () => {
      await put();
      const written = proxy.requests.filter(({ method }) => method === 'PUT');
      expect(written).toHaveLength(2);
      expect(written[0]?.headers['x-amz-checksum-sha256']).toBe(createHash('sha256').update(bytes).digest('base64'));
      expect(written[1]?.headers['x-amz-checksum-sha256']).toBeTypeOf('string');
    });

    it('asks again when connections break', async () => {
      let left = 2;
      proxy.fault = () => (left-- > 0 ? 'cut' : null);
      await put();
      left = 2;
      expect((await store.load(SAMPLE_JOB, name)).manifest).toEqual(manifest);
    });

    it('says what, where and why when the server is away, and goes on when it is back', async () => {
      await put();
      await proxy.goDown();
      for (const call of [
        () => store.check(),
        () => put(),
        () => store.readData(SAMPLE_JOB, name),
        () => store.list(SAMPLE_JOB),
        () => store.remove(SAMPLE_JOB, name),
        () => store.removeJob(SAMPLE_JOB),
      ]) {
        const error = await call().catch((thrown: unknown) => thrown);
        expect(error).toSatisfy(unavailable);
        expect(String(error)).toMatch(new RegExp(`cannot \\w+ s3://${bucket}/runs/.* at ${proxy.url}: .*ECONNREFUSED`));
      }
      await proxy.comeBack();
      expect((await store.load(SAMPLE_JOB, name)).manifest).toEqual(manifest);
    });

    it('leaves nothing of a put during which the server dies, and can put it again', async () => {
      proxy.fault = ({ method, path }) => (method === 'PUT' && path.includes('safetensors') ? 'cut' : null);
      await expect(put()).rejects.toSatisfy(unavailable);
      expect(await store.readData(SAMPLE_JOB, name)).toBeNull();
      expect(await store.list(SAMPLE_JOB)).toEqual([]);
      proxy.fault = () => null;
      await put();
      expect(await store.list(SAMPLE_JOB)).toEqual([name]);
    });

    it('says so when the server is full', async () => {
      proxy.fault = ({ method }) => (method === 'PUT' ? 'full' : null);
      await expect(put()).rejects.toThrow('The disk is full (InsufficientStorage)');
      await expect(put()).rejects.toSatisfy(unavailable);
    });

    it('reads again what was spoilt on its way, and never takes it for a damaged checkpoint', async () => {
      await put();
      await store.putEvaluation(SAMPLE_JOB, 1, json('{"loss":1}'));
      let left = 2;
      proxy.fault = () => (left-- > 0 ? 'spoil' : null);
      expect(await store.readEvaluation(SAMPLE_JOB, 1)).toEqual(json('{"loss":1}'));
      proxy.fault = ({ path }) => (path.includes('safetensors') ? 'spoil' : null);
      await expect(store.load(SAMPLE_JOB, name)).rejects.toSatisfy(unavailable);
      await expect(store.load(SAMPLE_JOB, name)).rejects.toThrow(/checksum/i);
    });
  });

  it('keeps to its prefix', async () => {
    const bucket = await s3.newBucket();
    const open = (prefix: string) => openCheckpointStore(`s3://${bucket}${prefix}?endpoint=${s3.endpoint}`);
    const [root, a, aa] = [open(''), open('/a'), open('/aa')];
    for (const store of [root, a, aa]) await store.put(SAMPLE_JOB, name, bytes, manifest);
    expect(await s3.read(bucket, data)).toEqual(await s3.read(bucket, `a/${data}`));
    await a.removeJob(SAMPLE_JOB);
    expect(await a.list(SAMPLE_JOB)).toEqual([]);
    expect(await root.list(SAMPLE_JOB)).toEqual([name]);
    expect(await aa.list(SAMPLE_JOB)).toEqual([name]);
  });

  it('lists and removes more than a thousand objects', async () => {
    const bucket = await s3.newBucket();
    const store = openCheckpointStore(`s3://${bucket}?endpoint=${s3.endpoint}`);
    await store.put(SAMPLE_JOB, name, bytes, manifest);
    await store.put(OTHER_JOB, name, ...filesOf(OTHER_JOB));
    // a page of a list, and all that one request may remove
    const others = Array.from({ length: 1000 }, (_, i) => `${SAMPLE_JOB}/a${i}`);
    for (let at = 0; at < others.length; at += 50) {
      await Promise.all(others.slice(at, at + 50).map((path) => s3.write(bucket, path, json('x'))));
    }
    expect(await store.list(SAMPLE_JOB), 'beyond the first page').toEqual([name]);
    await store.removeJob(SAMPLE_JOB);
    for (const path of [data, others[0], others[999]]) {
      await expect(s3.read(bucket, path ?? '')).rejects.toThrow('does not exist');
    }
    expect(await store.list(OTHER_JOB)).toEqual([name]);
  });

  it('says which bucket is missing, and makes none', async () => {
    const store = openCheckpointStore(`s3://nowhere/x?endpoint=${s3.endpoint}`);
    for (const call of [() => store.check(), () => store.readData(SAMPLE_JOB, name), () => store.list(SAMPLE_JOB)]) {
      await expect(call()).rejects.toThrow(/s3:\/\/nowhere\/x\/.*there is no such bucket \(Trainyard creates none\)/);
    }
  });

  it('says that a region is missing', async () => {
    vi.stubEnv('AWS_REGION', undefined);
    vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
    try {
      const store = openCheckpointStore('s3://bucket');
      await expect(store.check()).rejects.toThrow('it takes a region, in the URL or as AWS_REGION');
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('says that the credentials are wrong, and never what they are', async () => {
    const strict = await startTestS3({ INITIAL_NO_AUTH_ACTION_COUNT: '1' });
    try {
      const store = openCheckpointStore(`s3://${await strict.newBucket()}?endpoint=${strict.endpoint}`);
      const error = await store.check().catch((thrown: unknown) => thrown);
      expect(String(error)).toMatch(/cannot write s3:\/\/.* does not know the access key \(InvalidAccessKeyId\)/);
      expect(String(error)).not.toContain(process.env.AWS_SECRET_ACCESS_KEY);
    } finally {
      await strict.stop();
    }
  });
});

function filesOf(jobId: typeof SAMPLE_JOB) {
  const file = sampleFile(1, 0, jobId);
  return [file.bytes, file.manifest] as const;
}
