/** Which jobs are compared: their ids, as the address of the Compare page holds them. */

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
  return `Compare ${count} ${count === 1 ? 'job' : 'jobs'}`;
}

/** With the id if it was not among them, else without; one that finds no room changes nothing. */
export function toggled(ids: readonly string[], id: string): readonly string[] {
  return ids.includes(id) ? ids.filter((other) => other !== id) : withAdded(ids, [id]);
}

/** As many of them as there is room for. */
export function withAdded(ids: readonly string[], more: readonly string[]): readonly string[] {
  const distinct = [...new Set([...ids, ...more])];
  return distinct.slice(0, Math.max(ids.length, MOST_COMPARED));
}
