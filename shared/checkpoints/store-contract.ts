/** What every checkpoint store must do: one battery of tests for all of them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobId } from '../jobs.ts';
import { describeEvaluations } from './evaluation-contract.ts';
import type { CheckpointName } from './name.ts';
import { DamagedCheckpoint } from './safetensors.ts';
import type { CheckpointStore } from './store.ts';
import { putUntilKilled } from './testing/killed-writer.ts';
import { OTHER_JOB, SAMPLE_JOB, sampleCheckpoint, sampleFile } from './testing/sample.ts';

export interface StoreUnderTest {
  store: CheckpointStore;
  /** With it another process opens the same store. */
  url: string;
  /** The files behind the store's back, by their path `<jobId>/<file>`. */
  files: {
    read(path: string): Promise<Uint8Array>;
    write(path: string, bytes: Uint8Array): Promise<void>;
    remove(path: string): Promise<void>;
  };
  close(): Promise<void>;
}

export function describeCheckpointStore(kind: string, makeStore: () => Promise<StoreUnderTest>): void {
  let under: StoreUnderTest;
  let store: CheckpointStore;
  beforeEach(async () => {
    under = await makeStore();
    store = under.store;
  });
  afterEach(() => under.close());

  async function put(epoch: number, step = 0, jobId: JobId = SAMPLE_JOB) {
    const file = sampleFile(epoch, step, jobId);
    const { name } = file.manifest;
    await store.put(jobId, name, file.bytes, file.manifest);
    return { ...file, name, data: `${jobId}/${name}.safetensors`, json: `${jobId}/${name}.json` };
  }

  describeEvaluations(kind, () => store);

  describe(`${kind}: a checkpoint that was put`, () => {
    it('is loaded as it was', async () => {
      const { name, manifest } = await put(7, 1200);
      expect(name).toBe('e0007-s01200-a001');
      const loaded = await store.load(SAMPLE_JOB, name);
      expect(loaded.manifest).toEqual(manifest);
      expect(loaded.manifest.run).toEqual(sampleCheckpoint(7, 1200).run);
      expect([...loaded.tensors]).toEqual([...sampleCheckpoint(7, 1200).state]);
    });

    it('is read whole', async () => {
      const { name, bytes } = await put(1);
      expect(Buffer.from((await store.readData(SAMPLE_JOB, name)) ?? []).equals(bytes)).toBe(true);
    });

    it('is never seen half: its data is whole, and behind its manifest stands all of it', async () => {
      for (let epoch = 1; epoch <= 10; epoch++) {
        const { bytes, manifest } = sampleFile(epoch);
        const { name } = manifest;
        let finished = false;
        const putting = store.put(SAMPLE_JOB, name, bytes, manifest).finally(() => {
          finished = true;
        });
        while (!finished) {
          if (await store.readManifest(SAMPLE_JOB, name)) await store.load(SAMPLE_JOB, name);
          const data = await store.readData(SAMPLE_JOB, name);
          if (data) expect(data.length).toBe(bytes.length);
        }
        await putting;
      }
    });

    it('may be put again with the same bytes, and is mended by it', async () => {
      const { name, bytes, manifest, data } = await put(1);
      await store.put(SAMPLE_JOB, name, bytes, manifest);
      await under.files.write(data, bytes.subarray(1));
      await store.put(SAMPLE_JOB, name, bytes, manifest);
      expect((await store.load(SAMPLE_JOB, name)).manifest).toEqual(manifest);
    });

    it('cannot be changed', async () => {
      const { name, manifest } = await put(1);
      const other = sampleFile(1);
      const changed = { ...other.manifest, createdAt: '2020-01-01T00:00:00.000Z', sha256: 'f'.repeat(64) };
      await expect(store.put(SAMPLE_JOB, name, other.bytes, changed)).rejects.toThrow('the manifest is not that of');
      const { bytes, manifest: later } = sampleFileLike(manifest.createdAt);
      await expect(store.put(SAMPLE_JOB, name, bytes, later)).rejects.toThrow('exists with other bytes');
      expect((await store.load(SAMPLE_JOB, name)).manifest).toEqual(manifest);
    });

    it('is gone once removed, and the others are not', async () => {
      const [first, second, foreign] = [await put(1), await put(2), await put(1, 0, OTHER_JOB)];
      await store.remove(SAMPLE_JOB, first.name);
      await store.remove(SAMPLE_JOB, first.name);
      expect(await store.readManifest(SAMPLE_JOB, first.name)).toBeNull();
      expect(await store.readData(SAMPLE_JOB, first.name)).toBeNull();
      expect(await store.list(SAMPLE_JOB)).toEqual([second.name]);
      await store.removeJob(SAMPLE_JOB);
      await store.removeJob(SAMPLE_JOB);
      expect(await store.list(SAMPLE_JOB)).toEqual([]);
      expect(await store.list(OTHER_JOB)).toEqual([foreign.name]);
    });
  });

  describe(`${kind}: listing`, () => {
    it('goes from the beginning of the run to its end, whatever the number of digits', async () => {
      const names = ['e0002-s00000-a001', 'e0010-s00000-a001', 'e0010-s12345-a001', 'e10000-s00000-a001'];
      for (const [epoch, step] of [[10_000], [10, 12_345], [2], [10]] as const) await put(epoch, step);
      expect(await store.list(SAMPLE_JOB)).toEqual(names);
    });

    it('shows nothing that an unfinished put or a stranger left', async () => {
      const { name, bytes, json } = await put(1);
      const manifest = await under.files.read(json);
      await under.files.write(`${SAMPLE_JOB}/e0002-s00000-a001.safetensors`, bytes);
      await under.files.write(`${SAMPLE_JOB}/e0003-s00000-a001.json`, manifest);
      await under.files.write(`${SAMPLE_JOB}/.put-0123456789abcdef.tmp`, bytes);
      await under.files.write(`${SAMPLE_JOB}/notes.json`, manifest);
      await under.files.write(`${SAMPLE_JOB}/notes.safetensors`, bytes);
      expect(await store.list(SAMPLE_JOB)).toEqual([name]);
      await store.removeJob(SAMPLE_JOB);
      await expect(under.files.read(`${SAMPLE_JOB}/.put-0123456789abcdef.tmp`)).rejects.toThrow();
    });

    it('finishes what an unfinished put left, whatever it was', async () => {
      await put(1);
      const { bytes, manifest } = sampleFile(2);
      await under.files.write(`${SAMPLE_JOB}/${manifest.name}.safetensors`, bytes.subarray(0, 100));
      await store.put(SAMPLE_JOB, manifest.name, bytes, manifest);
      expect((await store.load(SAMPLE_JOB, manifest.name)).manifest).toEqual(manifest);
    });

    it('holds every finished put and only whole checkpoints after its writer was killed', async () => {
      const done = new Set<CheckpointName>();
      for (let round = 0; round < 6; round++) {
        for (const name of await putUntilKilled(under.url, 1 + 1000 * round, 2 + round)) done.add(name);
        const names = await store.list(SAMPLE_JOB);
        expect(names).toEqual(expect.arrayContaining([...done]));
        for (const name of names) await store.load(SAMPLE_JOB, name);
      }
      expect(done.size).toBeGreaterThanOrEqual(1 + 2 + 3 + 4 + 5 + 6);
    });
  });

  describe(`${kind}: damage`, () => {
    it('of any byte is found', async () => {
      const { name, bytes, data } = await put(1);
      for (const at of [0, 9, 300, Math.floor(bytes.length / 2), bytes.length - 1]) {
        await under.files.write(
          data,
          bytes.map((byte, i) => (i === at ? byte ^ 1 : byte)),
        );
        await expect(store.load(SAMPLE_JOB, name)).rejects.toThrow(DamagedCheckpoint);
        await expect(store.load(SAMPLE_JOB, name)).rejects.toThrow(/e0001-s00000-a001 of job .* has SHA-256/);
      }
    });

    it('by cutting off or adding is found', async () => {
      const { name, bytes, data } = await put(1);
      for (const damaged of [bytes.subarray(0, -1), new Uint8Array(0), Buffer.concat([bytes, bytes])]) {
        await under.files.write(data, damaged);
        await expect(store.load(SAMPLE_JOB, name)).rejects.toThrow(/has \d+ bytes, its manifest says/);
      }
    });

    it('of the manifest is found, and put right by another put', async () => {
      const { name, json, bytes, manifest } = await put(1);
      const other = await put(2);
      const wrong = [new Uint8Array(0), Buffer.from('{}'), (await under.files.read(json)).subarray(0, 200)];
      for (const damaged of [...wrong, await under.files.read(other.json)]) {
        await under.files.write(json, damaged);
        await expect(store.readManifest(SAMPLE_JOB, name)).rejects.toThrow(DamagedCheckpoint);
        await expect(store.load(SAMPLE_JOB, name)).rejects.toThrow(DamagedCheckpoint);
      }
      await store.put(SAMPLE_JOB, name, bytes, manifest);
      expect((await store.load(SAMPLE_JOB, name)).manifest).toEqual(manifest);
    });

    it('is also a file that is missing', async () => {
      const [first, second] = [await put(1), await put(2)];
      await under.files.remove(first.data);
      await expect(store.load(SAMPLE_JOB, first.name)).rejects.toThrow('the data is missing');
      expect(await store.readData(SAMPLE_JOB, first.name)).toBeNull();
      await under.files.remove(second.json);
      await expect(store.load(SAMPLE_JOB, second.name)).rejects.toThrow(DamagedCheckpoint);
      await expect(store.load(SAMPLE_JOB, second.name)).rejects.toThrow('the manifest is missing');
    });
  });

  describe(`${kind}: names`, () => {
    it('that are no job ids or checkpoint names are refused by every method', async () => {
      const { name, bytes, manifest } = await put(1);
      const calls = (jobId: JobId, checkpoint: CheckpointName) => [
        () => store.put(jobId, checkpoint, bytes, { ...manifest, jobId, name: checkpoint }),
        () => store.readManifest(jobId, checkpoint),
        () => store.readData(jobId, checkpoint),
        () => store.load(jobId, checkpoint),
        () => store.remove(jobId, checkpoint),
      ];
      for (const bad of [
        '',
        '.',
        '..',
        '../x',
        '/etc',
        `${SAMPLE_JOB}/..`,
        `${SAMPLE_JOB}\0`,
        'J0MGBTZ4K1A1B2C3D4E5',
      ]) {
        const id = bad as JobId;
        for (const call of [...calls(id, name), () => store.list(id), () => store.removeJob(id)]) {
          await expect(call()).rejects.toThrow(RangeError);
        }
      }
      for (const bad of ['', '..', `../${OTHER_JOB}/${name}`, `${name}/..`, `${name}.json`, `${name}\n`, 'e1-s1-a1']) {
        for (const call of calls(SAMPLE_JOB, bad as CheckpointName)) await expect(call()).rejects.toThrow(RangeError);
      }
      expect(await store.list(SAMPLE_JOB)).toEqual([name]);
    });
  });

  it(`${kind}: an empty store can be written to and holds nothing`, async () => {
    await store.check();
    expect(await store.list(SAMPLE_JOB)).toEqual([]);
    const { name } = sampleFile(1).manifest;
    expect(await store.readManifest(SAMPLE_JOB, name)).toBeNull();
    expect(await store.readData(SAMPLE_JOB, name)).toBeNull();
  });
}

/** The same checkpoint made at another time, hence with other bytes. */
function sampleFileLike(createdAt: string) {
  for (;;) {
    const file = sampleFile(1);
    if (file.manifest.createdAt !== createdAt) return file;
  }
}
