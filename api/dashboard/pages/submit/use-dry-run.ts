/** What would become of a body, asked of the API as it changes. */
import { useEffect, useState } from 'preact/hooks';
import type { DryRun } from '../../../client-types.ts';
import { api, RequestFailed, type ShownProblem } from '../../data/api.ts';

export interface Outcome {
  /** Of the body before, until the one of this body has come. */
  isOld: boolean;
  /** null until the first has come, and while the body has faults. */
  answer: DryRun | null;
  /** What is wrong with the body. */
  problem: ShownProblem | null;
  /** Why nobody can say. */
  failure: unknown;
}

const NOTHING_YET: Outcome = { isOld: true, answer: null, problem: null, failure: null };

const TYPING_MS = 250;
/** The queue moves on while one looks at the form. */
const AGAIN_MS = 30_000;
const RETRY_MS = 2000;

/** @param body null: still being filled in, and nothing to ask about yet */
export function useDryRun(body: object | null): Outcome {
  const [outcome, setOutcome] = useState(NOTHING_YET);
  const text = JSON.stringify(body);
  useEffect(() => {
    setOutcome((before) => ({ ...before, isOld: true }));
    return body === null ? undefined : watchDryRun(body, setOutcome);
  }, [text]);
  return outcome;
}

/** Once nothing has changed for a moment, and again as what becomes of it may change. @returns ends it */
export function watchDryRun(body: object, onOutcome: (outcome: Outcome) => void): () => void {
  const controller = new AbortController();
  const { signal } = controller;
  const check = async () => {
    if (document.hidden) return wait(RETRY_MS);
    const next = await ask(body, signal).catch((failure: unknown) => ({ ...NOTHING_YET, failure }));
    if (signal.aborted) return undefined;
    onOutcome({ ...next, isOld: false });
    // A fault of the body itself stays one. What it refers to may come, and an engine that is not there.
    if (next.problem?.code === 'validation-failed') return undefined;
    return wait(next.failure === null ? AGAIN_MS : RETRY_MS);
  };
  let timer = 0;
  const wait = (ms: number) => {
    timer = window.setTimeout(check, ms);
  };
  wait(TYPING_MS);
  return () => {
    window.clearTimeout(timer);
    controller.abort();
  };
}

async function ask(body: object, signal: AbortSignal): Promise<Outcome> {
  try {
    return { ...NOTHING_YET, answer: await api.dryRun(body, signal) };
  } catch (error) {
    if (isOfTheBody(error)) return { ...NOTHING_YET, problem: error.problem };
    throw error;
  }
}

/** Whether another body would do, rather than another moment. */
export function isOfTheBody(error: unknown): error is RequestFailed {
  return error instanceof RequestFailed && error.problem.status >= 400 && error.problem.status < 500;
}
