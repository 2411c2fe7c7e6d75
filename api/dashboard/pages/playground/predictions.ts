/** What checkpoints answer for the picture: the chosen one at once, then all those of the strip. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { api, isNoSuchCheckpoint } from '../../data/api.ts';
import type { KeptCheckpoint } from '../../data/kept-checkpoints.ts';
import { answerKey, createAnswers, digitKey } from './answers.ts';
import { newestWins } from './newest-wins.ts';

/** Of all jobs and pictures: a checkpoint's answer never changes. */
const answers = createAnswers();

/** The strip is asked for once the pen has rested. */
const REST_MS = 250;
/** Requests for the strip at a time; a browser has six connections. */
const AT_ONCE = 2;

interface Question {
  jobId: string;
  checkpoint: KeptCheckpoint;
  pixels: Uint8Array;
}

export interface Answer {
  probabilities: readonly number[];
  checkpoint: KeptCheckpoint;
  /** From asking to the answer; null if it was known already. */
  milliseconds: number | null;
}

async function ask({ jobId, checkpoint, pixels }: Question): Promise<readonly number[]> {
  const key = answerKey(jobId, checkpoint, pixels);
  const known = answers.get(key);
  if (known) return known;
  const { probabilities } = await api.predict({
    checkpoint: { jobId, epoch: checkpoint.cursor.epoch },
    image: [...pixels],
  });
  answers.set(key, probabilities);
  return probabilities;
}

/** @param onGone the job no longer keeps the checkpoint */
export function useAnswer(
  jobId: string,
  checkpoint: KeptCheckpoint | undefined,
  pixels: Uint8Array | null,
  onGone: () => void,
): { answer: Answer | null; error: unknown; retry(): void } {
  const [round, setRound] = useState(0);
  const [state, setState] = useState<{ answer: Answer | null; error: unknown }>({ answer: null, error: null });
  const latest = useRef({ pixels, onGone });
  latest.current = { pixels, onGone };

  const askNewest = useMemo(
    () =>
      newestWins<Question>(async (question) => {
        const isKnown = answers.get(answerKey(jobId, question.checkpoint, question.pixels)) !== undefined;
        const start = performance.now();
        try {
          const probabilities = await ask(question);
          const milliseconds = isKnown ? null : performance.now() - start;
          if (latest.current.pixels === null) return;
          setState({ answer: { probabilities, checkpoint: question.checkpoint, milliseconds }, error: null });
        } catch (error) {
          if (isNoSuchCheckpoint(error)) latest.current.onGone();
          else setState((before) => ({ ...before, error }));
        }
      }),
    [jobId],
  );

  useEffect(() => {
    if (pixels === null) setState({ answer: null, error: null });
    else if (checkpoint) askNewest({ jobId, checkpoint, pixels });
  }, [jobId, checkpoint?.parametersSha256, pixels, round]);
  return { ...state, retry: () => setRound((before) => before + 1) };
}

export interface Strip {
  /** By the hash of the checkpoint's parameters. */
  answers: ReadonlyMap<string, readonly number[]>;
  /** They are of the picture before. */
  isOld: boolean;
}

const NO_ANSWERS: ReadonlyMap<string, readonly number[]> = new Map();

export function useStrip(
  jobId: string,
  columns: readonly KeptCheckpoint[],
  pixels: Uint8Array | null,
  onGone: () => void,
): Strip {
  const [state, setState] = useState<{ digit: string; answers: ReadonlyMap<string, readonly number[]> } | null>(null);
  const digit = pixels && digitKey(pixels);
  const hashes = columns.map(({ parametersSha256 }) => parametersSha256).join(' ');

  useEffect(() => {
    if (pixels === null || digit === null) {
      setState(null);
      return undefined;
    }
    let isOver = false;
    const found = new Map<string, readonly number[]>();
    const left = [...columns];
    const work = async () => {
      for (let checkpoint = left.shift(); checkpoint && !isOver; checkpoint = left.shift()) {
        found.set(checkpoint.parametersSha256, await ask({ jobId, checkpoint, pixels }));
        if (!isOver) setState({ digit, answers: new Map(found) });
      }
    };
    const timer = window.setTimeout(() => {
      Promise.all(Array.from({ length: AT_ONCE }, work)).catch((error) => {
        isOver = true;
        // Of other failures the answer itself tells, and the connection's state.
        if (isNoSuchCheckpoint(error)) onGone();
      });
    }, REST_MS);
    return () => {
      isOver = true;
      window.clearTimeout(timer);
    };
  }, [jobId, hashes, digit]);
  return { answers: state?.answers ?? NO_ANSWERS, isOld: state !== null && state.digit !== digit };
}
