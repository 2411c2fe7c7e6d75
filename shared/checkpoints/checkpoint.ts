/**
 * A checkpoint as one safetensors file: parameters under their PyTorch state_dict names, optimizer state under
 * `optimizer.`, and everything else as JSON in the metadata under `trainyard`.
 */
import { createHash } from 'node:crypto';
import type { Device, Hardware } from '../device.ts';
import type { EngineName, JobId, TrainSpec } from '../jobs.ts';
import { packageVersion } from '../package-root.ts';
import { CheckpointDescription, type Manifest } from './manifest.ts';
import { checkpointName } from './name.ts';
import type { RunState } from './run-state.ts';
import { DamagedCheckpoint, decodeSafetensors, encodeSafetensors } from './safetensors.ts';
import { sha256OfTensors, type Tensors } from './tensors.ts';

/** What training hands over to be saved. */
export interface Checkpoint {
  run: RunState;
  /** Parameters, then optimizer state under `optimizer.`. */
  state: Tensors;
  /** SHA-256 of the parameters alone. */
  parametersSha256: string;
  /** Whether its epoch has the lowest validation loss so far among those with a checkpoint; false in mid-epoch. */
  isBest: boolean;
}

/** Whose checkpoint it is and where it was made. */
export interface CheckpointOrigin {
  jobId: JobId;
  attempt: number;
  spec: TrainSpec;
  engine: EngineName;
  device: Device['type'];
  hardware?: Hardware;
}

const OPTIMIZER_PREFIX = 'optimizer.';
const METADATA_KEY = 'trainyard';

const version = packageVersion();

/** The parameters of a state: all of it but what belongs to the optimizer. */
export function parametersOf(state: Tensors): Tensors {
  return new Map([...state].filter(([name]) => !name.startsWith(OPTIMIZER_PREFIX)));
}

/**
 * Once per checkpoint: the file names the time of the call, so a second call gives other bytes, which a store
 * refuses under the same name.
 */
export function encodeCheckpoint(
  { run, state, parametersSha256, isBest }: Checkpoint,
  origin: CheckpointOrigin,
): { bytes: Uint8Array; manifest: Manifest } {
  const description: CheckpointDescription = {
    format: 1,
    name: checkpointName(run.cursor, origin.attempt),
    ...origin,
    run,
    isBest,
    parametersSha256,
    versions: { trainyard: version, node: process.versions.node },
    createdAt: new Date().toISOString(),
  };
  const bytes = encodeSafetensors(state, { format: 'pt', [METADATA_KEY]: JSON.stringify(description) });
  return { bytes, manifest: { ...description, sha256: sha256(bytes), bytes: bytes.length } };
}

/** @throws DamagedCheckpoint if the file is not a whole checkpoint, or its parameters are not those it was made of */
export function decodeCheckpoint(file: Uint8Array): { description: CheckpointDescription; tensors: Tensors } {
  const { tensors, metadata } = decodeSafetensors(file);
  const description = parseDescription(metadata[METADATA_KEY]);
  const found = sha256OfTensors(parametersOf(tensors));
  if (found !== description.parametersSha256) {
    throw new DamagedCheckpoint(
      `the parameters have SHA-256 ${found}, the file says they should have ${description.parametersSha256}`,
    );
  }
  return { description, tensors };
}

/**
 * The same, after comparing the file with its manifest.
 * @throws DamagedCheckpoint
 */
export function verifyCheckpoint(file: Uint8Array, manifest: Manifest): Tensors {
  if (file.length !== manifest.bytes) {
    throw new DamagedCheckpoint(`the file has ${file.length} bytes, its manifest says ${manifest.bytes}`);
  }
  const found = sha256(file);
  if (found !== manifest.sha256) {
    throw new DamagedCheckpoint(`the file has SHA-256 ${found}, its manifest says ${manifest.sha256}`);
  }
  return decodeCheckpoint(file).tensors;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function parseDescription(json: string | undefined): CheckpointDescription {
  if (json === undefined) throw new DamagedCheckpoint(`the file has no metadata under ${METADATA_KEY}`);
  try {
    return CheckpointDescription.parse(JSON.parse(json));
  } catch (cause) {
    throw new DamagedCheckpoint(`the metadata under ${METADATA_KEY} is not valid`, { cause });
  }
}
