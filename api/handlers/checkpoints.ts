/** A job's checkpoints: which there are, and each one's manifest or file. */
import { z } from 'zod';
import { sha256 } from '../../shared/checkpoints/checkpoint.ts';
import type { Manifest } from '../../shared/checkpoints/manifest.ts';
import { CheckpointName } from '../../shared/checkpoints/name.ts';
import { DamagedCheckpoint } from '../../shared/checkpoints/safetensors.ts';
import type { CheckpointStore } from '../../shared/checkpoints/store.ts';
import { HttpError } from '../../shared/errors.ts';
import { CommittedCheckpoint } from '../../shared/job-record.ts';
import { JobId } from '../../shared/jobs.ts';
import { findKept, type KeptCheckpoints, namesOfKept } from '../../shared/kept-checkpoints.ts';
import { jobPath } from '../job-view.ts';
import type { Download } from '../route.ts';
import { withJob } from './with-job.ts';

export const FILE_TYPES = ['application/vnd.safetensors', 'application/octet-stream'] as const;
const JSON_TYPE = 'application/json';

export const CheckpointParams = z.strictObject({
  id: z.string(),
  checkpoint: z
    .union([
      z.enum(['best', 'last']),
      z
        .string()
        .regex(/^[1-9]\d{0,3}$/)
        .transform(Number),
      CheckpointName,
    ])
    .describe('best, last, the number of a whole epoch, or a name from the list of checkpoints'),
});

export const CheckpointList = z.strictObject({
  jobId: JobId,
  /** Names: the one with the lowest validation loss, and the one that a retry goes on from. */
  best: z.string().nullable(),
  last: z.string().nullable(),
  /** Those that are kept, the furthest first. */
  checkpoints: z.array(
    CommittedCheckpoint.extend({
      isBest: z.boolean(),
      isLast: z.boolean(),
      links: z.strictObject({ self: z.string() }),
    }),
  ),
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
    const type = accepts([JSON_TYPE, ...FILE_TYPES]);
    if (type === null) {
      const types = [JSON_TYPE, ...FILE_TYPES].join(', ');
      throw new HttpError(406, 'not-acceptable', `a checkpoint is there as ${types}; ask for one of them by Accept`);
    }
    for (;;) {
      const name = choose(id, await store.keptCheckpoints(id), params.checkpoint);
      const found = await read(checkpoints, id, name, type);
      if (found) return found;
      // A running job's worker may have deleted it since it was chosen: then another is the one that was asked for.
      const { checkpoints: kept } = await store.keptCheckpoints(id);
      if (kept.some((checkpoint) => checkpoint.name === name)) {
        throw new DamagedCheckpoint(`checkpoint ${name} of job ${id} has lost its manifest or its file`);
      }
    }
  },
);

function choose(id: JobId, kept: KeptCheckpoints, which: Params['checkpoint']): CheckpointName {
  const found = findKept(kept, which);
  if (!found) {
    const asked = typeof which === 'number' ? `of epoch ${which}` : `"${which}"`;
    throw new HttpError(
      404,
      'checkpoint-not-found',
      `job ${id} has no checkpoint ${asked}; kept are: ${namesOfKept(kept)}`,
    );
  }
  return found.name;
}

/** null if any of it is missing. A file is checked before its first byte goes out: a damaged one is a clear answer. */
async function read(
  store: CheckpointStore,
  jobId: JobId,
  name: CheckpointName,
  type: string,
): Promise<ManifestOrFile | null> {
  const manifest = await store.readManifest(jobId, name);
  if (manifest === null || type === JSON_TYPE) return manifest && { status: 200, body: manifest };
  const bytes = await store.readData(jobId, name);
  if (bytes === null) return null;
  if (sha256(bytes) !== manifest.sha256) {
    throw new DamagedCheckpoint(
      `checkpoint ${name} of job ${jobId} is damaged: its file is not what its manifest says it should be`,
    );
  }
  return { file: { type, name: `${jobId}-${name}.safetensors`, bytes, sha256: manifest.sha256 } };
}
