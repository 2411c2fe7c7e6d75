/** A job's checkpoints: which there are, and each one's manifest or file. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { CheckpointName, type Manifest } from '../../shared/checkpoints/manifest.ts';
import { DamagedCheckpoint } from '../../shared/checkpoints/safetensors.ts';
import type { CheckpointStore } from '../../shared/checkpoints/store.ts';
import { HttpError } from '../../shared/errors.ts';
import { CommittedCheckpoint, type JobRecord } from '../../shared/job-record.ts';
import { JobId } from '../../shared/jobs.ts';
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
  const committed = await store.checkpoints(record.id);
  return {
    status: 200 as const,
    body: {
      jobId: record.id,
      best: record.bestCheckpoint,
      last: record.checkpoint,
      checkpoints: committed.map((checkpoint) => ({
        ...checkpoint,
        isBest: checkpoint.name === record.bestCheckpoint,
        isLast: checkpoint.name === record.checkpoint,
        links: { self: `${jobPath(record.id)}/checkpoints/${checkpoint.name}` },
      })),
    },
  };
});

type Params = z.output<typeof CheckpointParams>;
type ManifestOrFile = { status: 200; body: Manifest } | Download;

/** The manifest, or the file for those who ask for it by Accept. */
export const getCheckpoint = withJob<Params, unknown, unknown, ManifestOrFile>(
  async ({ job: { record }, params, accepts }, { store, checkpoints }) => {
    const type = accepts([JSON_TYPE, ...FILE_TYPES]);
    if (type === null) {
      const types = [JSON_TYPE, ...FILE_TYPES].join(', ');
      throw new HttpError(406, 'not-acceptable', `a checkpoint is there as ${types}; ask for one of them by Accept`);
    }
    const name = choose(record, await store.checkpoints(record.id), params.checkpoint);
    const manifest = await checkpoints.readManifest(record.id, name);
    if (!manifest) throw new DamagedCheckpoint(`checkpoint ${name} of job ${record.id} has lost its manifest`);
    return type === JSON_TYPE ? { status: 200, body: manifest } : download(checkpoints, manifest, type);
  },
);

function choose(record: JobRecord, committed: CommittedCheckpoint[], which: Params['checkpoint']): CheckpointName {
  const wanted = which === 'best' ? record.bestCheckpoint : which === 'last' ? record.checkpoint : which;
  const found = committed.find(({ name, cursor }) =>
    typeof wanted === 'number' ? cursor.epoch === wanted && cursor.step === 0 : name === wanted,
  );
  if (!found) {
    const there = committed.map(({ name }) => name).join(', ') || 'none yet';
    const asked = typeof which === 'number' ? `of epoch ${which}` : `"${which}"`;
    throw new HttpError(404, 'checkpoint-not-found', `job ${record.id} has no checkpoint ${asked}; kept are: ${there}`);
  }
  return found.name;
}

/** The whole file is checked before its first byte goes out: a damaged one is a clear answer, not a bad download. */
async function download(checkpoints: CheckpointStore, manifest: Manifest, type: string): Promise<Download> {
  const { jobId, name, bytes, sha256 } = manifest;
  const open = async () => {
    const data = await checkpoints.openData(jobId, name);
    if (!data) throw new DamagedCheckpoint(`checkpoint ${name} of job ${jobId} has lost its file`);
    return data.stream;
  };
  const hash = createHash('sha256');
  for await (const chunk of await open()) hash.update(chunk);
  if (hash.digest('hex') !== sha256) {
    throw new DamagedCheckpoint(
      `checkpoint ${name} of job ${jobId} is damaged: its file is not what its manifest says it should be`,
    );
  }
  return { file: { type, name: `${jobId}-${name}.safetensors`, bytes, sha256 }, open };
}
