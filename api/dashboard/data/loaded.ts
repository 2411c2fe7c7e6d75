/** Something loaded once for a page, and again when what it depends on changes. */
import { useEffect, useState } from 'preact/hooks';

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
    const controller = new AbortController();
    load(controller.signal).then(
      (data) => !controller.signal.aborted && setState({ data, error: null }),
      (error: unknown) => !controller.signal.aborted && setState((before) => ({ ...before, error })),
    );
    return () => controller.abort();
  }, [key, round]);
  return { ...state, reload: () => setRound((before) => before + 1) };
}
