/** A confusion matrix as a heat map: what is right in one colour, what is wrong in another, each deeper where it is more. */
import { useRef, useState } from 'preact/hooks';
import { formatPercent } from '../../format.ts';
import { depthsOf } from './heat.ts';

export interface Pair {
  label: number;
  predicted: number;
}

interface ConfusionProps {
  confusion: readonly number[][];
  perClass: readonly (number | null)[];
  /** With it, cells can be chosen: by mouse, or by arrow keys and Enter. */
  onSelect?(pair: Pair | null): void;
  selected?: Pair | null;
}

const isSame = (a: Pair | null | undefined, b: Pair) => a?.label === b.label && a.predicted === b.predicted;

export function Confusion({ confusion, perClass, selected, onSelect }: ConfusionProps) {
  const body = useRef<HTMLTableSectionElement>(null);
  const [at, setAt] = useState<Pair>({ label: 0, predicted: 0 });
  const depths = depthsOf(confusion);
  const last = confusion.length - 1;

  const select = (pair: Pair) => onSelect?.(isSame(selected, pair) ? null : pair);
  const moveTo = (pair: Pair) => {
    setAt(pair);
    body.current?.rows[pair.label]?.cells[pair.predicted + 1]?.querySelector('button')?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const { label, predicted } = at;
    const to = {
      ArrowLeft: { label, predicted: Math.max(0, predicted - 1) },
      ArrowRight: { label, predicted: Math.min(last, predicted + 1) },
      ArrowUp: { label: Math.max(0, label - 1), predicted },
      ArrowDown: { label: Math.min(last, label + 1), predicted },
      Home: { label, predicted: 0 },
      End: { label, predicted: last },
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    moveTo(to);
  };

  return (
    <table class="heat">
      <caption>
        Rows: the digit. Columns: what it was taken for.{onSelect && ' Choose a cell to see its digits.'}
      </caption>
      <thead>
        <tr>
          <th scope="col">
            <span class="visually-hidden">Digit</span>
          </th>
          {confusion.map((_, digit) => (
            <th key={`predicted-${digit}`} scope="col">
              {digit}
            </th>
          ))}
          <th scope="col">Right</th>
        </tr>
      </thead>
      <tbody ref={body}>
        {confusion.map((row, label) => (
          <tr key={`label-${label}`}>
            <th scope="row">{label}</th>
            {row.map((count, predicted) => {
              const pair = { label, predicted };
              const text = <span class={count === 0 ? 'faint' : ''}>{count}</span>;
              return (
                <td
                  key={`predicted-${predicted}`}
                  data-right={label === predicted}
                  data-selected={isSame(selected, pair)}
                  style={{ '--depth': `${depths[label]?.[predicted] ?? 0}%` }}
                >
                  {onSelect ? (
                    <button
                      type="button"
                      tabIndex={isSame(at, pair) ? 0 : -1}
                      aria-pressed={isSame(selected, pair)}
                      aria-label={`${count} × ${label} taken for ${predicted}`}
                      onClick={() => {
                        setAt(pair);
                        select(pair);
                      }}
                      onKeyDown={onKeyDown}
                    >
                      {text}
                    </button>
                  ) : (
                    text
                  )}
                </td>
              );
            })}
            <td>{formatPercent(perClass[label])}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
