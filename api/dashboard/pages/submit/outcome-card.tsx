/** What would become of the job, and the button that submits it. */

import type { DryRun } from '../../../client-types.ts';
import { Button } from '../../components/button.tsx';
import { Facts } from '../../components/card.tsx';
import { Icon } from '../../components/icon.tsx';
import { failureOf } from '../../components/states.tsx';
import { formatTime, NONE } from '../../format.ts';
import { faultSentence, sentenceOf } from './sentence.ts';
import type { Outcome } from './use-dry-run.ts';

interface OutcomeCardProps {
  outcome: Outcome;
  /** Labels of the fields at fault. */
  faults: readonly string[];
  /** Why the latest submission failed, if it was not for its fields. */
  failure: unknown;
  busy: boolean;
}

export function OutcomeCard({ outcome, faults, failure, busy }: OutcomeCardProps) {
  return (
    <section class="card outcome" aria-label="Dry run">
      <div class="outcome-line" role="status" data-old={outcome.isOld}>
        <Line outcome={outcome} faults={faults} failure={failure} />
      </div>
      <div class="outcome-facts">
        <Foreseen answer={outcome.answer} />
      </div>
      <div class="outcome-submit">
        <Button type="submit" look="primary" busy={busy}>
          Submit job
        </Button>
        <span class="keys muted" aria-hidden="true">
          Ctrl + Enter
        </span>
      </div>
    </section>
  );
}

function Line({ outcome: { answer, problem, failure: dryFailure }, faults, failure }: Omit<OutcomeCardProps, 'busy'>) {
  if (failure !== null) {
    return (
      <p class="outcome-failed">
        <Icon name="alert" />
        <span>
          <b>Not known to be submitted.</b> {failureOf(failure).title}. Submit again: it stays one job.
        </span>
      </p>
    );
  }
  if (dryFailure !== null) {
    return (
      <p class="outcome-failed">
        <Icon name="alert" />
        <span>
          <b>Not checked.</b> {failureOf(dryFailure).title}. What you have filled in stays.
        </span>
      </p>
    );
  }
  if (problem !== null) {
    return (
      <p>
        <Icon name="alert" />
        <span>
          <b>Not yet valid.</b> {faultSentence(faults)}
        </span>
      </p>
    );
  }
  if (answer === null) return <p class="muted">Checking…</p>;
  return (
    <p class={answer.reason === null ? 'outcome-valid' : ''}>
      <Icon name={answer.reason === null ? 'check' : 'alert'} />
      <span>
        <b>Valid.</b> {sentenceOf(answer)}
      </span>
    </p>
  );
}

function Foreseen({ answer }: { answer: DryRun | null }) {
  const timeOf = (iso: string | null | undefined) => (iso ? formatTime(iso) : NONE);
  return (
    <Facts
      facts={{
        Queue: answer?.queue ?? NONE,
        Position: answer?.position ?? NONE,
        Engine: answer?.spec.engine ?? NONE,
        Starts: timeOf(answer?.expectedStartAt),
        Ends: timeOf(answer?.expectedEndAt),
      }}
    />
  );
}
