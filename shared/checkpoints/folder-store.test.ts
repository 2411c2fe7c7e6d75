import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RetryableError } from '../errors.ts';
import { createFolderStore } from './folder-store.ts';
import { openCheckpointStore } from './open-store.ts';
import { describeCheckpointStore } from './store-contract.ts';
import { SAMPLE_JOB, sampleFile } from './testing/sample.ts';

const newFolder = () => mkdtemp(join(tmpdir(), 'trainyard checkpoints %41 '));

describeCheckpointStore('folder store', async () => {
  const root = await newFolder();
  return {
    store: createFolderStore(root),
    url: `file:${root}`,
    files: {
      read: (path) => readFile(join(root, path)),
      write: (path, bytes) => writeFile(join(root, path), bytes),
      remove: (path) => rm(join(root, path)),
    },
    close: () => rm(root, { recursive: true }),
  };
});

describe('folder store', () => {
  let root: string;
  beforeEach(async () => {
    root = await newFolder();
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const { bytes, manifest } = sampleFile(1);

  it('creates its folder, and leaves nothing but data and manifest behind', async () => {
    const store = createFolderStore(join(root, 'a', 'b'));
    await store.check();
    expect(await readdir(join(root, 'a', 'b'))).toEqual([]);
    await store.put(SAMPLE_JOB, manifest.name, bytes, manifest);
    expect(await readdir(join(root, 'a', 'b', SAMPLE_JOB))).toEqual([
      `${manifest.name}.json`,
      `${manifest.name}.safetensors`,
    ]);
  });

  it('that has gone is unavailable, and is not made anew by a look at it, nor by a put', async () => {
    const store = createFolderStore(root);
    await store.check();
    await rm(root, { recursive: true });
    for (const call of [
      () => store.check(),
      () => store.readManifest(SAMPLE_JOB, manifest.name),
      () => store.put(SAMPLE_JOB, manifest.name, bytes, manifest),
      () => store.check(),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'store-unavailable', message: expect.stringContaining(root) });
    }
  });

  it('says that it is unavailable, and where, when its folder cannot be written', async () => {
    const blocked = join(root, 'file');
    await writeFile(blocked, '');
    const store = createFolderStore(blocked);
    for (const call of [
      () => store.check(),
      () => store.put(SAMPLE_JOB, manifest.name, bytes, manifest),
      () => store.readData(SAMPLE_JOB, manifest.name),
      () => store.list(SAMPLE_JOB),
    ]) {
      const error = await call().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(RetryableError);
      expect(error).toMatchObject({ code: 'store-unavailable', message: expect.stringContaining(blocked) });
    }
  });

  it('does not take a folder that is not mounted for an empty one', async () => {
    const store = createFolderStore(join(root, 'absent'));
    await expect(store.load(SAMPLE_JOB, manifest.name)).rejects.toThrow(RetryableError);
    await expect(store.list(SAMPLE_JOB)).rejects.toThrow(/cannot read .*absent: ENOENT/);
  });

  it('leaves neither a temporary file nor a manifest behind when the data cannot be put', async () => {
    const store = createFolderStore(root);
    // a folder where the data should go: the rename fails
    await store.put(SAMPLE_JOB, manifest.name, bytes, manifest);
    const later = sampleFile(2);
    await createFolderStore(join(root, SAMPLE_JOB, `${later.manifest.name}.safetensors`)).check();
    await expect(store.put(SAMPLE_JOB, later.manifest.name, later.bytes, later.manifest)).rejects.toThrow(
      /cannot write .*e0002-s00000-a001.safetensors/,
    );
    expect(await readdir(join(root, SAMPLE_JOB))).toEqual([
      `${manifest.name}.json`,
      `${manifest.name}.safetensors`,
      `${later.manifest.name}.safetensors`,
    ]);
  });
});

const canMount = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', tmpdir()]).status === 0;

describe.runIf(canMount)('folder store on a file system that is', () => {
  const program = `
    const { createFolderStore } = await import(${JSON.stringify(new URL('folder-store.js', import.meta.url).href)});
    const store = createFolderStore('.');
    const whyNot = (call) => call.then(() => null, (error) => error.message);
    const check = await whyNot(store.check());
    const put = await whyNot(store.putEvaluation('${SAMPLE_JOB}', 1, new Uint8Array(200_000)));
    console.log(JSON.stringify({ check, put, left: (await import('node:fs')).readdirSync('.', { recursive: true }) }));`;

  /** In a mount namespace of its own, which goes with it. */
  async function onFileSystem(options: string) {
    const root = await newFolder();
    const commands = 'mount -t tmpfs -o "$1" none . && cd "$PWD" && exec "$2" --input-type=module -e "$3"';
    const words = ['--mount', 'sh', '-ec', commands, 'sh', options, process.execPath, program];
    const { stdout } = spawnSync('unshare', words, { cwd: root, encoding: 'utf8' });
    await rm(root, { recursive: true });
    return JSON.parse(stdout);
  }

  it('read-only says so when it is checked, and when a first file of a job is put', async () => {
    const { check, put } = await onFileSystem('ro');
    expect(check).toContain('EROFS');
    expect(put).toContain('EROFS');
  });

  it('too full for a checkpoint fails its check, too, and leaves nothing behind', async () => {
    const { check, put, left } = await onFileSystem('size=128k');
    expect(check).toContain('ENOSPC');
    expect(put).toContain('ENOSPC');
    expect(left).toEqual([SAMPLE_JOB]);
  });
});

describe('openCheckpointStore', () => {
  it('opens a folder by path, by file: and path, by file URL', async () => {
    const root = await newFolder();
    try {
      const { bytes, manifest } = sampleFile(1);
      await openCheckpointStore(root).put(SAMPLE_JOB, manifest.name, bytes, manifest);
      const url = new URL(`file://${root.replaceAll('%', '%25').replaceAll(' ', '%20')}`);
      for (const spelling of [root, `file:${root}`, url.href]) {
        expect(await openCheckpointStore(spelling).list(SAMPLE_JOB)).toEqual([manifest.name]);
      }
    } finally {
      await rm(root, { recursive: true });
    }
  });

  it.each(['http://host/x', '', 'file:', 'file://host/share'])('refuses %j', (url) => {
    expect(() => openCheckpointStore(url)).toThrow(/^CHECKPOINT_STORE cannot be used: .*allowed: a folder/);
  });
});
