/** Which jobs keep another one from being deleted. */
const JOB_ID = /\bj[0-9a-z]{9}[0-9a-f]{10}\b/g;

/** The jobs that the detail of a `job-referenced` problem names, but for the one that was asked for. */
export function referrersIn(detail: string, instance = ''): string[] {
  const ids = new Set(detail.match(JOB_ID));
  return [...ids].filter((id) => !instance.includes(id));
}
