/** Answers come in any order: what was asked for earlier than what is known tells nothing new. */

export type Tellings = ReturnType<typeof createTellings>;

export function createTellings() {
  let latest = 0;
  const lastOf = new Map<string, number>();

  return {
    /** The number of what tells of something: of a request when it is sent, of news when it is heard. */
    next(): number {
      latest += 1;
      return latest;
    },
    /** Whether nothing later has told of this. */
    isNews: (of: string, by: number) => (lastOf.get(of) ?? 0) <= by,
    note(ofThese: Iterable<string>, by: number): void {
      for (const of of ofThese) lastOf.set(of, by);
    },
  };
}
