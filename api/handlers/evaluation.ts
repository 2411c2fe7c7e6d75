/** The whole result of an eval job, which lies in the checkpoint store. */
import { HttpError } from '../../shared/errors.ts';
import { FullEvaluation } from '../../shared/views.ts';
import { withJob } from './with-job.ts';

export const getEvaluation = withJob(async ({ job: { record } }, { checkpoints }) => {
  const { id, kind, state, attempt } = record;
  if (kind !== 'eval') {
    throw new HttpError(
      404,
      'evaluation-not-found',
      `job ${id} is a ${kind} job; submit an eval job that refers to it`,
    );
  }
  if (state !== 'completed') {
    throw new HttpError(
      404,
      'evaluation-not-found',
      `job ${id} is ${state}; its evaluation is there once it is completed`,
    );
  }
  const json = await checkpoints.readEvaluation(id, attempt);
  if (json === null) {
    throw new HttpError(
      404,
      'evaluation-not-found',
      `the evaluation of job ${id} is not in the checkpoint store any more`,
    );
  }
  return { status: 200 as const, body: FullEvaluation.parse(JSON.parse(new TextDecoder().decode(json))) };
});
