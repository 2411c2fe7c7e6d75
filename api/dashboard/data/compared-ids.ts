/** Which jobs are compared: their ids, as the address of the Compare page holds them. */
import { plural } from '../format.ts';

/** More curves than this cannot be told apart. */
export const MOST_COMPARED = 10;

export function idsOf(query: URLSearchParams): string[] {
  const ids = (query.get('ids') ?? '').split(',').map((id) => id.trim());
  return [...new Set(ids.filter((id) => id !== ''))];
}

export function comparePath(ids: readonly string[]): string {
  return ids.length === 0 ? '/compare' : `/compare?ids=${ids.map(encodeURIComponent).join(',')}`;
}

export function compareLabel(count: number): string {
  return `Compare ${plural(count, 'job')}`;
}

/** With the id if it was not among them, else without; one that finds no room changes nothing. */
export function toggled(ids: readonly string[], id: string): readonly string[] {
  if (ids.includes(id)) return ids.filter((other) => other !== id);
  return ids.length < MOST_COMPARED ? [...ids, id] : ids;
}

/** With as many of the jobs as there is room for: the newest of them, the oldest first. @param jobs newest first */
export function withNewest(ids: readonly string[], jobs: readonly { id: string }[]): readonly string[] {
  const others = jobs.map(({ id }) => id).filter((id) => !ids.includes(id));
  return [...ids, ...others.slice(0, Math.max(0, MOST_COMPARED - ids.length)).reverse()];
}
