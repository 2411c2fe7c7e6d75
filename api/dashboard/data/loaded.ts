/** Something loaded once for a page, and again when what it depends on changes. */
import { useEffect, useState } from 'preact/hooks';
import { isBreakingOff } from './abort.ts';

export interface Loaded<T> {
  /** null until it has come; what came before stays while it is loaded again. */
  data: T | null;
  error: unknown;
  reload(): void;
}

/** @param key changes when something else is to be loaded; null: nothing yet */
export function useLoaded<T>(load: (signal: AbortSignal) => Promise<T>, key: string | null): Loaded<T> {
  const [state, setState] = useState<{ data: T | null; error: unknown }>({ data: null, error: null });
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (key === null) return undefined;
    return awaitLoad(
      load,
      (data) => setState({ data, error: null }),
      (error) => setState((before) => ({ ...before, error })),
    );
  }, [key, round]);
  return { ...state, reload: () => setRound((before) => before + 1) };
}

/** Of what is broken off nothing is handed on, whoever did it: `load` may have reasons of its own. @returns breaks it off */
export function awaitLoad<T>(
  load: (signal: AbortSignal) => Promise<T>,
  onData: (data: T) => void,
  onError: (error: unknown) => void,
): () => void {
  const controller = new AbortController();
  load(controller.signal).then(
    (data) => !controller.signal.aborted && onData(data),
    (error: unknown) => !controller.signal.aborted && !isBreakingOff(error) && onError(error),
  );
  return () => controller.abort();
}
