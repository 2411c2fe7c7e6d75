/** The raw images of a dataset, by their place in it. */
import { z } from 'zod';
import { sha256 } from '../../shared/checkpoints/checkpoint.ts';
import { DATASET_NAMES, IMAGE_SET_NAMES, imageCount } from '../../shared/datasets.ts';
import { HttpError, PermanentError } from '../../shared/errors.ts';
import type { ApiDeps, Download, RouteRequest } from '../route.ts';

export const PNG_TYPE = 'image/png';

export const ImageParams = z.strictObject({
  dataset: z.enum(DATASET_NAMES),
  set: z.enum(IMAGE_SET_NAMES),
  index: z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .meta({ allowed: 'the place of an image in its set, a whole number from 0' }),
});

export async function getDatasetImage(
  { params: { dataset, set, index } }: RouteRequest<z.output<typeof ImageParams>>,
  { datasetImages }: ApiDeps,
): Promise<Download> {
  const last = imageCount(dataset, set) - 1;
  if (index > last) {
    throw new HttpError(404, 'not-found', `${dataset} has no ${set} image ${index}; there are those from 0 to ${last}`);
  }
  const bytes = await datasetImages.png(dataset, set, index).catch((error: unknown) => {
    throw error instanceof PermanentError ? new HttpError(503, error.code, error.message) : error;
  });
  return {
    file: { type: PNG_TYPE, name: null, bytes, sha256: sha256(bytes) },
    headers: { 'cache-control': 'private, max-age=31536000, immutable' },
  };
}
