/** The form of a job's id, in a module that imports nothing: for the dashboard, too. */

const JOB_ID = 'j[0-9a-z]{9}[0-9a-f]{10}';

export const JOB_ID_PATTERN = new RegExp(`^${JOB_ID}$`);

/** All ids in a text, each once. */
export function jobIdsIn(text: string): string[] {
  return [...new Set(text.match(new RegExp(`\\b${JOB_ID}\\b`, 'g')))];
}
