/** Test images to try: the first hundred of MNIST's, whose labels stand here as the API gives images alone. */
import { api } from '../../data/api.ts';
import type { Sample } from './drawing.ts';

export const LABELS =
  '7210414959069015973496654074013134727121174235124463556041957893746430702917329776278473613693141769';

const SIDE = 28;

export async function loadSample(index: number): Promise<Sample> {
  const png = new Blob([await api.datasetImage('mnist', 'test', index)], { type: 'image/png' });
  // The bytes as they are, whatever the screen's colours.
  const image = await createImageBitmap(png, { colorSpaceConversion: 'none' });
  const context = new OffscreenCanvas(SIDE, SIDE).getContext('2d');
  if (context === null) throw new Error('The browser cannot draw.');
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, SIDE, SIDE);
  const pixels = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => data[4 * i] as number);
  return { kind: 'sample', index, label: Number(LABELS[index]), pixels };
}

/** Another one than before. */
export function anyIndex(before: number | null): number {
  const step = 1 + Math.floor(Math.random() * (LABELS.length - 1));
  return before === null ? step - 1 : (before + step) % LABELS.length;
}
