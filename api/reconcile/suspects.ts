/** Faults seen, and since when: one that goes away by itself was a change under way, and is forgotten. */
export type Suspects = ReturnType<typeof createSuspects>;

/** Suspects that are looked at again in every sweep; further ones when their turn comes. */
const LOOKED_AT_AGAIN = 500;

export function createSuspects(graceMs: number, now: () => number) {
  const seen = new Map<string, { fault: string; since: number }>();

  return {
    ids: (): string[] => [...seen.keys()].slice(0, LOOKED_AT_AGAIN),

    /** Whether the same fault has been found on the job for long enough to be mended. @param fault null: there is none */
    stands(id: string, fault: string | null): boolean {
      const before = seen.get(id);
      if (fault === null) seen.delete(id);
      else if (before?.fault !== fault) seen.set(id, { fault, since: now() });
      return fault !== null && now() - (seen.get(id)?.since ?? 0) >= graceMs;
    },
  };
}
