/** What a checkpoint takes a picture of a digit for. */
import { z } from 'zod';
import { SOURCE_SIDE } from '../../shared/data/resize.ts';
import { HttpError, jobNotFound } from '../../shared/errors.ts';
import { CheckpointRef } from '../../shared/jobs.ts';
import { ResolvedCheckpoint } from '../../shared/views.ts';
import { readChosen } from '../checkpoint-choice.ts';
import { LARGEST_SIDE, UnreadablePng } from '../png/grey-image.ts';
import type { PngReader } from '../png/reader.ts';
import type { ApiDeps, RouteRequest } from '../route.ts';
import { shown } from '../validation.ts';

const PIXELS = SOURCE_SIDE ** 2;
const CLASSES = 10;

const IMAGE_WORDS = `${PIXELS} numbers from 0, black, to 255, white: ${SOURCE_SIDE} rows of ${SOURCE_SIDE}, a white digit on black; or a PNG in base64, as a data URL or bare, of at most ${LARGEST_SIDE}×${LARGEST_SIDE} pixels`;

const Image = z
  .union([
    z.array(z.number().min(0).max(255)).length(PIXELS),
    z.string().regex(/^(data:image\/png;base64,)?[A-Za-z0-9+/]+={0,2}$/),
  ])
  .meta({ allowed: IMAGE_WORDS, description: `${IMAGE_WORDS}.` });

export const PredictRequest = z.strictObject({
  checkpoint: CheckpointRef,
  image: Image,
});

export const Prediction = z.strictObject({
  checkpoint: ResolvedCheckpoint,
  prediction: z
    .int()
    .min(0)
    .max(CLASSES - 1)
    .describe('The most probable class.'),
  probabilities: z.array(z.number()).length(CLASSES).describe('Of each class, in the order of the labels.'),
});

export async function predict(
  { body }: RouteRequest<unknown, unknown, z.output<typeof PredictRequest>>,
  { store, classifiers, pngs }: ApiDeps,
) {
  const { jobId, epoch } = body.checkpoint;
  const times = startTimes();
  const pixels = await digitOf(body.image, pngs);
  times.ended('image');
  if ((await store.get(jobId)) === null) throw jobNotFound(jobId);
  const { manifest, classify } = await readChosen(store, jobId, epoch, (name) => classifiers.load(jobId, name));
  times.ended('checkpoint');
  const classification = classify(pixels);
  times.ended('model');
  const { name, run, parametersSha256 } = manifest;
  return {
    status: 200 as const,
    body: { checkpoint: { jobId, name, cursor: run.cursor, parametersSha256 }, ...classification },
    headers: { 'server-timing': times.header() },
  };
}

/** 28 × 28 bytes; numbers between two bytes become the nearer one. */
async function digitOf(image: z.output<typeof Image>, pngs: PngReader): Promise<Uint8Array> {
  if (typeof image !== 'string') return Uint8Array.from(image, Math.round);
  try {
    return await pngs.readDigit(Buffer.from(image.slice(image.indexOf(',') + 1), 'base64'));
  } catch (error) {
    if (!(error instanceof UnreadablePng)) throw error;
    throw new HttpError(422, 'validation-failed', `the image cannot be used: ${error.message}`, {
      faults: [{ field: 'image', value: shown(image), allowed: IMAGE_WORDS }],
    });
  }
}

/** Of the parts of an answer, as the header Server-Timing has them (w3.org/TR/server-timing): in milliseconds. */
function startTimes() {
  let start = performance.now();
  const parts: string[] = [];
  return {
    ended(part: string): void {
      const now = performance.now();
      parts.push(`${part};dur=${(now - start).toFixed(1)}`);
      start = now;
    },
    header: () => parts.join(', '),
  };
}
