/** Up to ten train jobs side by side: their curves over each other, what became of them, where their specs differ. */

import { useMemo } from 'preact/hooks';
import { usePageTitle } from '../../components/app-shell.tsx';
import { LinkButton } from '../../components/button.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { idsOf, MOST_COMPARED } from '../../data/compared-ids.ts';
import { type Found, type NotComparable, useComparedJobs } from '../../data/compared-jobs.ts';
import { may } from '../../data/session.ts';
import { query, setQuery } from '../../router.ts';
import { Chosen, Refused } from './chosen.tsx';
import { Comparison } from './comparison.tsx';
import { Curves } from './curves.tsx';
import { NothingChosen } from './nothing-chosen.tsx';
import { bestOf } from './outcomes.ts';
import { lookOf } from './series.ts';
import type { ShownJob } from './shown-job.ts';
import './compare.css';

const choose = (ids: readonly string[]) => setQuery({ ids: ids.join() });

export default function ComparePage() {
  usePageTitle('Compare');
  const given = idsOf(query.value);
  const ids = given.slice(0, MOST_COMPARED);
  const compared = useComparedJobs(ids);
  const found = compared.found.value;
  const { jobs, refused } = useMemo(() => sorted(ids, found), [ids.join(), found]);
  const shown = useMemo(() => [...jobs.values()], [jobs]);
  const best = bestOf(shown)?.job ?? null;
  const isLoading = ids.some((id) => !found.has(id));
  return (
    <>
      <div class="page-head">
        <h1>Compare</h1>
        <div class="end">
          {best && shown.length > 1 && may('submitter') && (
            <LinkButton href={`/submit?from=${best.id}`} look="primary" icon="plus">
              <span>
                Submit a variant<span class="compare-best"> of the best</span>
              </span>
            </LinkButton>
          )}
        </div>
      </div>
      {ids.length === 0 ? (
        <NothingChosen onChange={choose} />
      ) : (
        <div class="stack">
          <Chosen ids={ids} jobs={jobs} refused={refused} onChange={choose} />
          <Refused
            refused={refused}
            tooMany={given.slice(MOST_COMPARED)}
            onRemove={() => choose(ids.filter((id) => !refused.has(id)))}
          />
          {isLoading && compared.error.value !== null && (
            <ErrorState error={compared.error.value} onRetry={compared.reload} />
          )}
          {isLoading && compared.error.value === null && <Skeleton height="60rem" />}
          {!isLoading && shown.length > 0 && (
            <>
              <Curves jobs={shown} />
              <Comparison jobs={shown} />
            </>
          )}
        </div>
      )}
    </>
  );
}

function sorted(ids: readonly string[], found: ReadonlyMap<string, Found>) {
  const jobs = new Map<string, ShownJob>();
  const refused = new Map<string, NotComparable>();
  ids.forEach((id, i) => {
    const one = found.get(id);
    if (typeof one === 'string') refused.set(id, one);
    else if (one) jobs.set(id, { ...one, look: lookOf(i) });
  });
  return { jobs, refused };
}
