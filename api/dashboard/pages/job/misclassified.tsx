/** The digits that the checkpoint got wrong, as pictures: all of them, or those of one cell of the confusion matrix. */
import { useState } from 'preact/hooks';
import type { FullEvaluation, MisclassifiedImage } from '../../../../shared/views.ts';
import { Button } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { ErrorState } from '../../components/states.tsx';
import { api } from '../../data/api.ts';
import { useLoaded } from '../../data/loaded.ts';
import { formatCount, formatPercent } from '../../format.ts';
import type { Pair } from './confusion.tsx';

const PAGE = 200;

const ORDERS = {
  surest: 'Surest first',
  unsurest: 'Least sure first',
  index: 'By number',
} as const;
type Order = keyof typeof ORDERS;

const COMPARE: Record<Order, (a: MisclassifiedImage, b: MisclassifiedImage) => number> = {
  surest: (a, b) => b.confidence - a.confidence,
  unsurest: (a, b) => a.confidence - b.confidence,
  index: (a, b) => a.index - b.index,
};

interface MisclassifiedProps {
  id: string;
  isDone: boolean;
  /** Only these; null: all. */
  pair: Pair | null;
  onClear(): void;
}

export function Misclassified({ id, isDone, pair, onClear }: MisclassifiedProps) {
  const { data, error, reload } = useLoaded((signal) => api.evaluation(id, signal), isDone ? id : null);
  const [order, setOrder] = useState<Order>('surest');
  const [shown, setShown] = useState({ pair, count: PAGE });
  const count = shown.pair === pair ? shown.count : PAGE;
  const images = (data?.misclassified ?? [])
    .filter(({ label, predicted }) => pair === null || (label === pair.label && predicted === pair.predicted))
    .sort(COMPARE[order]);
  return (
    <Card
      title={data === null ? 'Misclassified' : `Misclassified (${formatCount(images.length)})`}
      flush
      actions={<OrderChoice order={order} onChoose={setOrder} />}
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section class="job-digits" aria-label="Misclassified digits" tabIndex={0}>
        <p class="job-filter" aria-live="polite">
          {pair === null ? 'All of them' : `${pair.label} taken for ${pair.predicted}: ${formatCount(images.length)}`}
          {pair !== null && <Button onClick={onClear}>Show all</Button>}
        </p>
        {data === null && error !== null && <ErrorState error={error} onRetry={reload} />}
        {!isDone && <p class="job-none faint">They come with the result</p>}
        {pair !== null && pair.label === pair.predicted && <p class="faint">What is right is not kept as pictures.</p>}
        {data !== null && <Pictures data={data} images={images.slice(0, count)} />}
        {images.length > count && (
          <Button onClick={() => setShown({ pair, count: count + PAGE })}>
            Show {formatCount(Math.min(PAGE, images.length - count))} more of {formatCount(images.length - count)}
          </Button>
        )}
      </section>
    </Card>
  );
}

function OrderChoice({ order, onChoose }: { order: Order; onChoose(order: Order): void }) {
  return (
    <select
      class="input job-order"
      aria-label="Order"
      value={order}
      onChange={(event) => onChoose(event.currentTarget.value as Order)}
    >
      {Object.entries(ORDERS).map(([name, text]) => (
        <option key={name} value={name}>
          {text}
        </option>
      ))}
    </select>
  );
}

function Pictures({ data, images }: { data: FullEvaluation; images: readonly MisclassifiedImage[] }) {
  const set = data.split === 'test' ? 'test' : 'train';
  return (
    <ul class="plain">
      {images.map(({ index, label, predicted, confidence }) => (
        <li key={index} title={`Number ${index} of the ${set} images`}>
          <img
            src={`/v1/datasets/${data.dataset}/${set}/${index}`}
            alt={`A ${label}, taken for a ${predicted} (number ${index})`}
            loading="lazy"
            width={56}
            height={56}
          />
          <span aria-hidden="true">
            {label} → <b>{predicted}</b>
          </span>
          <span class="faint">{formatPercent(confidence)}</span>
        </li>
      ))}
    </ul>
  );
}
