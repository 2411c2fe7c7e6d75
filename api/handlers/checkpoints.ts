/** A job's checkpoints: which there are, and each one's manifest or file. */
import { z } from 'zod';
import { sha256 } from '../../shared/checkpoints/checkpoint.ts';
import type { Manifest } from '../../shared/checkpoints/manifest.ts';
import { CheckpointName } from '../../shared/checkpoints/name.ts';
import { DamagedCheckpoint } from '../../shared/checkpoints/safetensors.ts';
import type { CheckpointStore } from '../../shared/checkpoints/store.ts';
import { CommittedCheckpoint } from '../../shared/job-record.ts';
import { JobId } from '../../shared/jobs.ts';
import { readChosen } from '../checkpoint-choice.ts';
import { jobPath } from '../job-view.ts';
import { JSON_TYPE, negotiate } from '../negotiate.ts';
import type { Download } from '../route.ts';
import { JobParams } from './jobs.ts';
import { withJob } from './with-job.ts';

export const FILE_TYPES = ['application/vnd.safetensors', 'application/octet-stream'] as const;

export const CheckpointParams = z.strictObject({
  ...JobParams.shape,
  checkpoint: z
    .union([
      z.enum(['best', 'last']),
      z
        .string()
        .regex(/^[1-9]\d{0,3}$/)
        .transform(Number),
      CheckpointName,
    ])
    .meta({ allowed: 'best, last, the number of a whole epoch, or a name from the list of checkpoints' })
    .describe('`best`, `last`, the number of a whole epoch, or a name from the list.'),
});

export const CheckpointList = z.strictObject({
  jobId: JobId,
  best: z.string().nullable().describe('Name of the one with the lowest validation loss.'),
  last: z.string().nullable().describe('Name of the one that a retry goes on from.'),
  checkpoints: z
    .array(
      CommittedCheckpoint.extend({
        isBest: z.boolean(),
        isLast: z.boolean(),
        links: z.strictObject({ self: z.string() }),
      }),
    )
    .describe('Those that are kept, the furthest first.'),
});

export const listCheckpoints = withJob(async ({ job: { record } }, { store }) => {
  const { best, last, checkpoints } = await store.keptCheckpoints(record.id);
  return {
    status: 200 as const,
    body: {
      jobId: record.id,
      best,
      last,
      checkpoints: checkpoints.map((checkpoint) => ({
        ...checkpoint,
        isBest: checkpoint.name === best,
        isLast: checkpoint.name === last,
        links: { self: `${jobPath(record.id)}/checkpoints/${checkpoint.name}` },
      })),
    },
  };
});

type Params = z.output<typeof CheckpointParams>;
type ManifestOrFile = { status: 200; body: Manifest } | Download;

/** The manifest, or the file for those who ask for it by Accept. */
export const getCheckpoint = withJob<Params, unknown, unknown, ManifestOrFile>(
  async ({ job, params, accepts }, { store, checkpoints }) => {
    const { id } = job.record;
    const type = negotiate({ accepts }, 'a checkpoint', [JSON_TYPE, ...FILE_TYPES]);
    return readChosen(store, id, params.checkpoint, (name) => read(checkpoints, id, name, type));
  },
);

/** A file is checked before its first byte goes out: a damaged one is a clear answer. */
async function read(
  store: CheckpointStore,
  jobId: JobId,
  name: CheckpointName,
  type: typeof JSON_TYPE | (typeof FILE_TYPES)[number],
): Promise<ManifestOrFile> {
  const manifest = await store.readManifest(jobId, name);
  if (manifest && type === JSON_TYPE) return { status: 200, body: manifest };
  const bytes = manifest && (await store.readData(jobId, name));
  if (!bytes) throw new DamagedCheckpoint(`checkpoint ${name} of job ${jobId} has lost its manifest or its file`);
  if (sha256(bytes) !== manifest.sha256) {
    throw new DamagedCheckpoint(
      `checkpoint ${name} of job ${jobId} is damaged: its file is not what its manifest says it should be`,
    );
  }
  return { file: { type, name: `${jobId}-${name}.safetensors`, bytes, sha256: manifest.sha256 } };
}
