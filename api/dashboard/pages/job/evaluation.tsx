/** What the evaluation came to: its confusion matrix, and beside it the digits that it got wrong. */

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { EvalJobView, JobView, TrainJobView } from '../../../../shared/views.ts';
import { Card } from '../../components/card.tsx';
import { may } from '../../data/session.ts';
import { Confusion, type Pair } from './confusion.tsx';
import { Misclassified } from './misclassified.tsx';

export function EvaluationCards({ job }: { job: EvalJobView }) {
  const { id, result } = job;
  const [selected, setSelected] = useState<Pair | null>(null);
  return (
    <div class="job-pair stack">
      <Card title="Confusion" flush>
        <Room>
          {result === null ? (
            <NoResult job={job}>Comes with the result</NoResult>
          ) : (
            <Confusion {...result} selected={selected} onSelect={setSelected} />
          )}
        </Room>
      </Card>
      <Misclassified id={id} isDone={result !== null} pair={selected} onClear={() => setSelected(null)} />
    </div>
  );
}

/** A train job is tested with its best checkpoint when it ends; an eval job of that one shows the pictures too. */
export function TestCard({ job }: { job: TrainJobView }) {
  const { id, result } = job;
  return (
    <Card title="Test: confusion" flush>
      <Room>
        {result === null ? (
          <NoResult job={job}>Comes with the result: the best checkpoint on the test images</NoResult>
        ) : (
          <>
            <Confusion {...result.test} />
            {may('submitter') && (
              <p class="job-more">
                <a href={`/submit?checkpoint=${id}&epoch=best`}>Evaluate to see the misclassified digits</a>
              </p>
            )}
          </>
        )}
      </Room>
    </Card>
  );
}

function NoResult({ job, children }: { job: JobView; children: string }) {
  return <p class="job-none faint">{job.finishedAt === null ? children : 'The job has no result'}</p>;
}

function Room({ children }: { children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: on a phone it scrolls, and must be reachable by keyboard
    <section class="job-confusion" aria-label="Confusion matrix" tabIndex={0}>
      {children}
    </section>
  );
}
