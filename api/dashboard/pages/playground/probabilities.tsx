/** The answer: in words, and as ten bars. */
import type { TrainSpec } from '../../../../shared/jobs.ts';
import { useSettled } from '../../data/settled.ts';
import { formatMilliseconds, formatPercent } from '../../format.ts';
import { ceilingOf, DIGITS, sentenceOf, topOf, wordsOf } from './answer.ts';
import type { Answer } from './predictions.ts';

/** An answer that stands this long is read out. */
const SETTLED_MS = 700;

export function Probabilities({ answer, head }: { answer: Answer | null; head: TrainSpec['head'] }) {
  const probabilities = answer?.probabilities ?? null;
  const top = probabilities && topOf(probabilities);
  const ceiling = ceilingOf(head);
  return (
    <div class="answer">
      <p class="answer-words">
        <b>{probabilities ? wordsOf(probabilities) : 'Draw a digit'}</b>
        <span class="muted">{probabilities && top !== null && formatPercent(probabilities[top] as number)}</span>
      </p>
      <ul class="answer-bars plain" aria-label="Probability of each digit">
        {DIGITS.map((digit) => {
          const probability = probabilities?.[digit] ?? null;
          return (
            <li key={digit} data-top={digit === top}>
              <b>{digit}</b>
              <span class="answer-track">
                <i style={{ transform: `scaleX(${(probability ?? 0) / ceiling})` }} />
              </span>
              <span class="number">{formatPercent(probability)}</span>
            </li>
          );
        })}
      </ul>
      <p class="answer-facts faint">
        <span>
          {answer ? `Checkpoint of epoch ${answer.checkpoint.cursor.epoch}` : ' '}
          {answer?.milliseconds != null && `, answered in ${formatMilliseconds(answer.milliseconds)}`}
        </span>
        {head === 'tanh' && (
          <span>A full bar is {formatPercent(ceiling)}: with tanh as head no probability can be higher.</span>
        )}
      </p>
      <Spoken text={probabilities ? sentenceOf(probabilities) : ''} />
    </div>
  );
}

/** For screen readers, once it has settled: while one draws it changes many times a second. */
function Spoken({ text }: { text: string }) {
  return (
    <div class="visually-hidden" aria-live="polite">
      {useSettled(text, SETTLED_MS)}
    </div>
  );
}
