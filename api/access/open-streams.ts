/** Event streams that are open, so that one ends when its caller may no longer follow it. */
import type { ServerResponse } from 'node:http';
import type { Caller } from './caller.ts';

/** For what happens elsewhere: a log-out at another process of the API, a key that was taken out of the file. */
const LOOK_EVERY_MS = 10_000;

export type OpenStreams = ReturnType<typeof createOpenStreams>;

/** @param isWelcome whether the caller could still follow it */
export function createOpenStreams(isWelcome: (caller: Caller) => Promise<boolean>, lookEveryMs = LOOK_EVERY_MS) {
  /** By caller: a browser has several. */
  const open = new Map<string, { caller: Caller; responses: Set<ServerResponse> }>();
  let timer: NodeJS.Timeout | undefined;

  function end(proof: string): void {
    for (const response of open.get(proof)?.responses ?? []) response.end();
  }

  async function look(): Promise<void> {
    for (const [proof, { caller }] of [...open]) if (!(await isWelcome(caller))) end(proof);
  }

  return {
    add(caller: Caller, response: ServerResponse): void {
      const proof = proofOf(caller);
      const ofCaller = open.get(proof) ?? { caller, responses: new Set() };
      open.set(proof, ofCaller);
      ofCaller.responses.add(response);
      timer ??= setInterval(() => void look(), lookEveryMs).unref();
      response.once('close', () => {
        ofCaller.responses.delete(response);
        if (ofCaller.responses.size === 0) open.delete(proof);
        if (open.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      });
    },
    endOf: (caller: Caller): void => end(proofOf(caller)),
  };
}

function proofOf({ by, keyHash, session }: Caller): string {
  return `${by} ${session?.hash ?? keyHash}`;
}
