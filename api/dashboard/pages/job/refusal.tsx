/** Why something could not be done with the job; the jobs that stand in the way as links. */

import { failureOf } from '../../components/states.tsx';
import { RequestFailed } from '../../data/api.ts';
import { referrersIn } from './referrers.ts';

export function Refusal({ error }: { error: unknown }) {
  if (!(error instanceof RequestFailed) || error.problem.code !== 'job-referenced')
    return <>{failureOf(error).detail}</>;
  const { detail, instance } = error.problem;
  return (
    <span>
      Other jobs start from its checkpoints or evaluate them. Delete those first:{' '}
      {referrersIn(detail, instance).map((id, i) => (
        <span key={id}>
          {i > 0 && ', '}
          <a href={`/jobs/${id}`}>{id}</a>
        </span>
      ))}
    </span>
  );
}
