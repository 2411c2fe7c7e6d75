/** Entry of the thread in which PNGs are decoded: a large one takes some 100 ms, in which others want answers. */
import { parentPort } from 'node:worker_threads';
import { digitOfPng } from './digit.ts';
import { UnreadablePng } from './grey-image.ts';

export interface PngQuestion {
  id: number;
  bytes: Uint8Array;
}

/** With the digit's 28 × 28 bytes, or with what is wrong with the PNG. */
export type PngReply = { id: number } & ({ pixels: Uint8Array } | { fault: string });

function replyTo({ id, bytes }: PngQuestion): PngReply {
  try {
    return { id, pixels: digitOfPng(bytes) };
  } catch (error) {
    if (error instanceof UnreadablePng) return { id, fault: error.message };
    throw error;
  }
}

parentPort?.on('message', (question: PngQuestion) => parentPort?.postMessage(replyTo(question)));
