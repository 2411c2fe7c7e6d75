/** Decoded checkpoints, ready to classify: those used last are kept, as a name never stands for other bytes. */
import { parametersOf } from '../shared/checkpoints/checkpoint.ts';
import type { Manifest } from '../shared/checkpoints/manifest.ts';
import { DamagedCheckpoint } from '../shared/checkpoints/safetensors.ts';
import type { CheckpointStore } from '../shared/checkpoints/store.ts';
import { messageOf } from '../shared/errors.ts';
import { type Classifier, createClassifier } from '../shared/inference/classifier.ts';
import type { JobId } from '../shared/jobs.ts';

/** 250 kB each. */
const KEPT = 64;

export interface LoadedCheckpoint {
  manifest: Manifest;
  classify: Classifier;
}

export type Classifiers = ReturnType<typeof createClassifiers>;

export function createClassifiers(store: CheckpointStore) {
  /** The one used last stands last. */
  const kept = new Map<string, Promise<LoadedCheckpoint>>();

  return {
    /** @throws DamagedCheckpoint if any of it is missing, damaged, or no checkpoint of its model */
    load(jobId: JobId, name: Manifest['name']): Promise<LoadedCheckpoint> {
      const key = `${jobId}/${name}`;
      const known = kept.get(key);
      const loading = known ?? load(store, jobId, name);
      kept.delete(key);
      kept.set(key, loading);
      if (known) return known;
      // the next request looks again
      loading.catch(() => kept.get(key) === loading && kept.delete(key));
      const [oldest] = kept.keys();
      if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
      return loading;
    },
  };
}

async function load(store: CheckpointStore, jobId: JobId, name: Manifest['name']): Promise<LoadedCheckpoint> {
  const { manifest, tensors } = await store.load(jobId, name);
  try {
    return { manifest, classify: createClassifier(manifest.spec, parametersOf(tensors)) };
  } catch (cause) {
    throw new DamagedCheckpoint(`checkpoint ${name} of job ${jobId} is damaged: ${messageOf(cause)}`, { cause });
  }
}
