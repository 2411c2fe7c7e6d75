/** How long a page of a list may be, as a query says it. */
import { z } from 'zod';

interface PageLimit {
  max: number;
  byDefault: number;
  /** What there are on a page: "Jobs". */
  what: string;
}

export function pageLimit({ max, byDefault, what }: PageLimit) {
  return (
    z
      .string()
      .regex(/^[0-9]{1,6}$/)
      .transform(Number)
      .pipe(z.int().min(1).max(max))
      .meta({ allowed: `a whole number from 1 to ${max}` })
      .prefault(String(byDefault))
      // for readers: it is sent as text, as all of a query is
      .meta({
        description: `${what} of one page at most.`,
        type: 'integer',
        minimum: 1,
        maximum: max,
        pattern: undefined,
      })
  );
}
