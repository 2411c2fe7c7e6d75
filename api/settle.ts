/**
 * Settles at submit what must not depend on who takes the job: its engine and, with that, its queue; and that what
 * its spec refers to is there.
 */
import type { CheckpointName } from '../shared/checkpoints/name.ts';
import {
  AUTO_ORDER,
  ENGINES,
  type EngineDemand,
  type EngineFacts,
  evaluationDemand,
  queueOf,
} from '../shared/engines.ts';
import { type ErrorCode, HttpError } from '../shared/errors.ts';
import type { NewJob, TrainRecord } from '../shared/job-record.ts';
import type { JobStore } from '../shared/job-store.ts';
import {
  type CheckpointRef,
  type EngineName,
  type JobId,
  type JobKind,
  type JobRequest,
  newJobId,
  referenceOf,
} from '../shared/jobs.ts';
import { findKept, namesOfKept } from '../shared/kept-checkpoints.ts';

export interface SettleDeps {
  store: Pick<JobStore, 'get' | 'keptCheckpoints'>;
  /** Whether this deployment trains on GPUs. */
  gpuTraining: boolean;
  /** Those of this deployment. */
  engines?: Record<EngineName, EngineFacts>;
  autoOrder?: readonly EngineName[];
}

/**
 * @throws HttpError 422 with each engine's reason if none that may run it can, or naming the reference to a checkpoint
 * that is not there
 */
export async function settle(request: JobRequest, deps: SettleDeps, id: JobId = newJobId()): Promise<NewJob> {
  const { name, tags, priority } = request;
  const reference = await settleReference(request, deps.store);
  const common = { id, name, tags: [...new Set(tags)], priority, checkpoint: reference?.checkpoint ?? null };
  if (request.kind === 'train') {
    const { spec } = request;
    const engine = chooseEngine('train', spec.engine, spec, deps);
    return { ...common, kind: 'train', queue: queueOf('train', engine), spec: { ...spec, engine } };
  }
  const { spec } = request;
  const origin = (reference as Reference).record.spec;
  const engine = chooseEngine('eval', spec.engine, evaluationDemand(origin, spec.batchSize), deps);
  const dataset = spec.dataset ?? origin.dataset;
  return { ...common, kind: 'eval', queue: queueOf('eval', engine), spec: { ...spec, dataset, engine } };
}

function chooseEngine(
  kind: JobKind,
  asked: EngineName | 'auto',
  demand: EngineDemand,
  { gpuTraining, engines = ENGINES, autoOrder = AUTO_ORDER }: SettleDeps,
): EngineName {
  const candidates = asked === 'auto' ? autoOrder : [asked];
  const refusals = candidates.map((candidate) => {
    const facts = engines[candidate];
    return refusalHere(kind, facts, gpuTraining) ?? facts.refusal(demand);
  });
  const engine = candidates[refusals.indexOf(null)];
  if (engine !== undefined) return engine;
  const reasons = candidates.map((candidate, i) => `${candidate}: ${refusals[i]}`).join('; ');
  throw new HttpError(422, 'engine-unavailable', `no engine here can compute this spec: ${reasons}`, {
    faults: [{ field: 'spec.engine', value: asked, allowed: `an engine that can compute this spec (${reasons})` }],
  });
}

/** Why no job of the kind goes to the engine in this deployment, whatever its spec; null if it may. */
function refusalHere(kind: JobKind, { isEverywhere, trainQueue }: EngineFacts, gpuTraining: boolean): string | null {
  if (kind === 'eval')
    return isEverywhere ? null : 'an evaluation may come to any worker, and not every one has this engine: take auto';
  if (trainQueue !== 'train-gpu' || gpuTraining) return null;
  return 'this deployment does not train on GPUs; GPU_TRAINING=1, set for the API, says that it does';
}

interface Reference {
  /** Of the job that has the checkpoint. */
  record: TrainRecord;
  /** null for `best` and `last`, which are settled when the job starts. */
  checkpoint: CheckpointName | null;
}

async function settleReference(request: JobRequest, store: SettleDeps['store']): Promise<Reference | null> {
  const reference = referenceOf(request);
  if (reference === null) return null;
  const { jobId, epoch } = reference;
  const refuse = refusal(request, reference);
  const job = await store.get(jobId);
  if (job === null) throw refuse('job-not-found', 'jobId', 'the id of a train job that is there');
  if (job.record.kind !== 'train')
    throw refuse('checkpoint-not-found', 'jobId', 'the id of a train job; this is an eval job');
  const kept = await store.keptCheckpoints(jobId);
  const found = findKept(kept, epoch);
  if (!found) {
    const allowed = `a checkpoint that job ${jobId} has now, as best, last or the number of a whole epoch: ${namesOfKept(kept)}`;
    throw refuse('checkpoint-not-found', 'epoch', allowed);
  }
  return { record: job.record, checkpoint: typeof epoch === 'number' ? found.name : null };
}

function refusal({ kind }: JobRequest, reference: CheckpointRef) {
  return (code: ErrorCode, member: keyof CheckpointRef, allowed: string): HttpError => {
    const field = `spec.${kind === 'train' ? 'from' : 'checkpoint'}.${member}`;
    const value = reference[member];
    return new HttpError(422, code, `the body cannot be used, because of: ${field}`, {
      faults: [{ field, value, allowed }],
    });
  };
}
