/** Which jobs keep another one from being deleted. */
import { jobIdsIn } from '../../../../shared/job-id.ts';

/** The jobs that the detail of a `job-referenced` problem names, but for the one that was asked for. */
export function referrersIn(detail: string, instance = ''): string[] {
  return jobIdsIn(detail).filter((id) => !instance.includes(id));
}
