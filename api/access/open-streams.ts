/** Event streams that are open: so many and no more, and one ends when its caller may no longer follow it. */
import type { ServerResponse } from 'node:http';
import { HttpError } from '../../shared/errors.ts';
import type { Caller } from './caller.ts';

/** For what happens elsewhere: a log-out at another process of the API, a key that was taken out of the file. */
const LOOK_EVERY_MS = 10_000;
/** Some client may leave at any moment. */
const RETRY_AFTER = { 'retry-after': '10' };

/** How many may be open at a process of the API: in all, and of one key. */
export interface StreamSizes {
  all: number;
  ofKey: number;
}

export type OpenStreams = ReturnType<typeof createOpenStreams>;

/** @param isWelcome whether the caller could still follow it */
export function createOpenStreams(
  sizes: StreamSizes,
  isWelcome: (caller: Caller) => Promise<boolean>,
  lookEveryMs = LOOK_EVERY_MS,
) {
  /** By caller: a browser has several. */
  const open = new Map<string, { caller: Caller; responses: Set<ServerResponse> }>();
  let timer: NodeJS.Timeout | undefined;

  function count(isCounted: (caller: Caller) => boolean): number {
    let streams = 0;
    for (const { caller, responses } of open.values()) if (isCounted(caller)) streams += responses.size;
    return streams;
  }

  /** Not by an orderly end, which a client that does not read puts off for as long as it likes. */
  function end(proof: string): void {
    for (const response of open.get(proof)?.responses ?? []) response.destroy();
  }

  async function look(): Promise<void> {
    for (const [proof, { caller }] of [...open]) if (!(await isWelcome(caller))) end(proof);
  }

  /** @throws HttpError if it would be one too many */
  function refuseTooMany({ keyHash, name }: Caller): void {
    if (keyHash !== null && count((caller) => caller.keyHash === keyHash) >= sizes.ofKey) {
      const detail = `${name} follows ${sizes.ofKey} event streams of this process already, and that is the limit`;
      throw new HttpError(429, 'too-many-streams', detail, { headers: RETRY_AFTER });
    }
    if (count(() => true) >= sizes.all) {
      const detail = `this process serves ${sizes.all} event streams already, and that is the limit`;
      throw new HttpError(503, 'too-many-streams', detail, { headers: RETRY_AFTER });
    }
  }

  return {
    /** @throws HttpError if it would be one too many */
    add(caller: Caller, response: ServerResponse): void {
      refuseTooMany(caller);
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
