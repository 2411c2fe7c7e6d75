/** What was submitted, with every default filled in. */
import type { JobView } from '../../../../shared/views.ts';
import { CopyButton } from '../../components/button.tsx';
import { Card, Facts } from '../../components/card.tsx';
import { formatCount } from '../../format.ts';
import { specFacts } from './spec-facts.ts';

export function Spec({ job }: { job: JobView }) {
  const { kind, spec, name, tags, priority } = job;
  const request = JSON.stringify({ kind, spec, name, tags, priority }, null, 2);
  const facts = specFacts(spec).map((fact) => [
    fact.name,
    fact.href === undefined ? fact.value : <a href={fact.href}>{fact.value}</a>,
  ]);
  const checkpoint = job.resolvedCheckpoint;
  return (
    <Card title="Spec" actions={<CopyButton text={request} what="spec as JSON" />}>
      <Facts
        facts={{
          ...Object.fromEntries(facts),
          ...(checkpoint && {
            'Resolved to': <a href={`/jobs/${checkpoint.jobId}`}>{checkpoint.name}</a>,
          }),
          Priority: formatCount(priority),
          Queue: job.queue,
        }}
      />
    </Card>
  );
}
