/** The slider over the epochs, and under it what each epoch's checkpoint answers for the picture. */

import type { KeptCheckpoint } from '../../data/kept-checkpoints.ts';
import { formatLoss, formatPercent } from '../../format.ts';
import { DIGITS, sentenceOf, topOf } from './answer.ts';
import type { Strip } from './predictions.ts';

interface EpochSliderProps {
  epochs: readonly KeptCheckpoint[];
  /** Of the strip below it. */
  columns: number;
  place: number;
  onSelect(epoch: number): void;
}

export function EpochSlider({ epochs, columns, place, onSelect }: EpochSliderProps) {
  const select = (at: number) => {
    const checkpoint = epochs[at];
    if (checkpoint) onSelect(checkpoint.cursor.epoch);
  };
  return (
    <div class="epoch-slider">
      <span aria-hidden="true" class="faint">
        Epoch
      </span>
      <input
        type="range"
        aria-label="Epoch"
        aria-valuetext={epochWords(epochs[place])}
        min={0}
        max={Math.max(1, epochs.length - 1)}
        value={place}
        disabled={epochs.length < 2}
        style={{ '--columns': columns }}
        onInput={(event) => select(Number(event.currentTarget.value))}
      />
    </div>
  );
}

/** "Epoch 12, validation loss 0.9571, the best". */
export function epochWords(checkpoint: KeptCheckpoint | undefined): string {
  if (!checkpoint) return '';
  const { cursor, validationLoss, isBest } = checkpoint;
  return `Epoch ${cursor.epoch}, validation loss ${formatLoss(validationLoss)}${isBest ? ', the best' : ''}`;
}

interface EpochStripProps {
  columns: readonly KeptCheckpoint[];
  chosen: KeptCheckpoint | undefined;
  strip: Strip;
  /** The probability that has the full colour. */
  ceiling: number;
  onSelect(epoch: number): void;
}

/** Each column is a button for the mouse; by keyboard the slider does the same. */
export function EpochStrip({ columns, chosen, strip, ceiling, onSelect }: EpochStripProps) {
  const every = Math.ceil(columns.length / 12);
  return (
    <div class="strip" data-old={strip.isOld}>
      <ul class="strip-digits plain" aria-hidden="true">
        {DIGITS.map((digit) => (
          <li key={digit}>{digit}</li>
        ))}
        <li class="faint strip-name">Answer</li>
        <li class="faint strip-name">Epoch</li>
      </ul>
      <ul class="strip-columns plain" aria-label="Answer of each epoch">
        {columns.map((checkpoint, column) => {
          const { epoch } = checkpoint.cursor;
          const probabilities = strip.answers.get(checkpoint.parametersSha256) ?? null;
          const top = probabilities && topOf(probabilities);
          const isNamed = (columns.length - 1 - column) % every === 0;
          return (
            <li key={epoch}>
              <button
                type="button"
                tabIndex={-1}
                aria-pressed={epoch === chosen?.cursor.epoch}
                title={titleOf(checkpoint, probabilities)}
                onClick={() => onSelect(epoch)}
              >
                <span class="visually-hidden">
                  Epoch {epoch}
                  {probabilities && `: ${sentenceOf(probabilities)}`}
                </span>
                <span class="strip-column" aria-hidden="true">
                  {DIGITS.map((digit) => (
                    <i
                      key={digit}
                      style={{ '--share': `${Math.round((100 * (probabilities?.[digit] ?? 0)) / ceiling)}%` }}
                    />
                  ))}
                  <b>{top}</b>
                  <span class="faint">{isNamed ? epoch : ''}</span>
                  {checkpoint.isBest && <span class="strip-best">best</span>}
                </span>
              </button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function titleOf(checkpoint: KeptCheckpoint, probabilities: readonly number[] | null): string {
  const lines = DIGITS.map((digit) => `${digit}: ${formatPercent(probabilities?.[digit] ?? 0)}`);
  return [epochWords(checkpoint), ...(probabilities ? lines : [])].join('\n');
}
