/** What is known of a checkpoint: the manifest that stands beside its data. */
import { z } from 'zod';
import { DeviceType, Hardware } from '../device.ts';
import { ENGINE_NAMES, JobId, TrainSpec } from '../jobs.ts';
import { CheckpointName } from './name.ts';
import { RunState } from './run-state.ts';

/** Also inside the data file, so that the file alone is enough to go on from. */
export const CheckpointDescription = z.strictObject({
  format: z.literal(1),
  jobId: JobId,
  name: CheckpointName,
  attempt: z.int().min(0),
  spec: TrainSpec,
  run: RunState,
  isBest: z.boolean(),
  parametersSha256: z.string().describe('Of the parameters alone, without optimizer state (sha256OfTensors).'),
  engine: z.enum(ENGINE_NAMES),
  device: DeviceType,
  hardware: Hardware.optional().describe('Of that device; absent in checkpoints of earlier versions.'),
  versions: z.strictObject({ trainyard: z.string(), node: z.string() }),
  createdAt: z.iso.datetime(),
});
export type CheckpointDescription = z.infer<typeof CheckpointDescription>;

export const Manifest = CheckpointDescription.extend({
  sha256: z.string().describe('Of the whole data file.'),
  bytes: z.int().min(0).describe('Length of the data file.'),
});
export type Manifest = z.infer<typeof Manifest>;
