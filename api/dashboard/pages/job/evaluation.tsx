/** What an eval job came to: confusion matrix and the digits it got wrong. */
import { useState } from 'preact/hooks';
import type { EvalJobView } from '../../../../shared/views.ts';
import { Button } from '../../components/button.tsx';
import { Card, Facts } from '../../components/card.tsx';
import { ErrorState } from '../../components/states.tsx';
import { api } from '../../data/api.ts';
import { useLoaded } from '../../data/loaded.ts';
import { formatAccuracy, formatCount, formatLoss } from '../../format.ts';

const PAGE = 60;

export function EvaluationCards({ job }: { job: EvalJobView }) {
  const { result } = job;
  return (
    <>
      <Card title="Result">
        <Facts facts={{ Loss: formatLoss(result?.loss), Accuracy: formatAccuracy(result?.accuracy) }} />
      </Card>
      <Card title="Confusion" flush>
        <div class="job-confusion">
          {result && <Confusion confusion={result.confusion} perClass={result.perClass} />}
        </div>
      </Card>
      <Misclassified id={job.id} isDone={result !== null} />
    </>
  );
}

function Confusion({ confusion, perClass }: { confusion: number[][]; perClass: (number | null)[] }) {
  return (
    <table class="heat">
      <caption>Rows: label. Columns: prediction. Images in each.</caption>
      <thead>
        <tr>
          <th scope="col">Label</th>
          {confusion.map((_, digit) => (
            <th key={`predicted-${digit}`} scope="col">
              {digit}
            </th>
          ))}
          <th scope="col">Accuracy</th>
        </tr>
      </thead>
      <tbody>
        {confusion.map((row, label) => {
          const total = row.reduce((sum, count) => sum + count, 0);
          return (
            <tr key={`label-${label}`}>
              <th scope="row">{label}</th>
              {row.map((count, predicted) => (
                <td
                  key={`predicted-${predicted}`}
                  style={{ '--share': `${total === 0 ? 0 : Math.round(Math.sqrt(count / total) * 60)}%` }}
                >
                  {formatCount(count)}
                </td>
              ))}
              <td>{formatAccuracy(perClass[label])}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Misclassified({ id, isDone }: { id: string; isDone: boolean }) {
  const { data, error, reload } = useLoaded((signal) => api.evaluation(id, signal), isDone ? id : null);
  const [count, setCount] = useState(PAGE);
  const all = data?.misclassified ?? [];
  const set = data?.split === 'test' ? 'test' : 'train';
  return (
    <Card title={`Misclassified${data ? ` (${formatCount(all.length)})` : ''}`}>
      {data === null && error !== null && <ErrorState error={error} onRetry={reload} />}
      <ul class="plain job-digits">
        {all.slice(0, count).map(({ index, label, predicted, confidence }) => (
          <li key={index}>
            <img
              src={`/v1/datasets/${data?.dataset}/${set}/${index}`}
              alt={`A ${label}, taken for a ${predicted} (number ${index})`}
              loading="lazy"
              width={56}
              height={56}
            />
            {label} → {predicted}
            <span class="faint">{formatAccuracy(confidence)}</span>
          </li>
        ))}
      </ul>
      {all.length > count && <Button onClick={() => setCount(count + PAGE)}>Show more</Button>}
    </Card>
  );
}
