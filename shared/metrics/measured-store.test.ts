import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFolderStore } from '../checkpoints/folder-store.ts';
import type { CheckpointStore } from '../checkpoints/store.ts';
import { sampleFile } from '../checkpoints/testing/sample.ts';
import { RetryableError } from '../errors.ts';
import { newJobId } from '../jobs.ts';
import { measureStore } from './measured-store.ts';

let folder: string;
let registry: Registry;
let store: CheckpointStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trainyard-measured-'));
  registry = new Registry();
  store = measureStore(createFolderStore(join(folder, 'checkpoints')), registry);
});
afterEach(() => rmSync(folder, { recursive: true }));

const counted = async (series: string) =>
  Number(
    (await registry.metrics())
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.split(' ')[1],
  );
const done = (operation: string) =>
  counted(`trainyard_checkpoint_store_duration_seconds_count{operation="${operation}"}`);
const failed = (operation: string) => counted(`trainyard_checkpoint_store_errors_total{operation="${operation}"}`);

it('a measured store works as the store does, and its operations are timed', async () => {
  const id = newJobId();
  const { bytes, manifest } = sampleFile(1, 0, id);
  await store.put(id, manifest.name, bytes, manifest);
  expect(await store.list(id)).toEqual([manifest.name]);
  expect((await store.load(id, manifest.name)).manifest).toEqual(manifest);
  expect(await Promise.all(['put', 'list', 'load'].map(done))).toEqual([1, 1, 1]);
  expect(await failed('put')).toBe(0);
});

it('every operation has its failures counted from 0, so that the first is seen as an increase', async () => {
  const operations = Object.keys(createFolderStore(folder));
  expect(operations).toContain('readEvaluation');
  expect(await Promise.all(operations.map(failed))).toEqual(operations.map(() => 0));
});

it('its own failures are counted, and not what was asked of it in error', async () => {
  const id = newJobId();
  const { bytes, manifest } = sampleFile(1, 0, id);
  await expect(store.put(newJobId(), manifest.name, bytes, manifest)).rejects.toThrow(RangeError);
  expect(await failed('put')).toBe(0);
  writeFileSync(join(folder, 'checkpoints'), 'no folder');
  await expect(store.put(id, manifest.name, bytes, manifest)).rejects.toThrow(RetryableError);
  await expect(store.check()).rejects.toThrow(RetryableError);
  expect(await Promise.all(['put', 'check'].map(failed))).toEqual([1, 1]);
});
