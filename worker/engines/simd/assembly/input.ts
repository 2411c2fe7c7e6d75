/** From bytes to the first layer's input: normalised, four images innermost. */
import { GROUP_IMAGES, INPUT_HALF, LABELS, NORMALISED } from './layout';

/** PyTorch's ToTensor and Normalize(0.5, 0.5), each operation rounded to float32. */
export function fillNormalised(): void {
  for (let byte: i32 = 0; byte < 256; byte++) {
    store<f32>(NORMALISED + ((<usize>byte) << 2), (<f32>byte / 255 - 0.5) / 0.5);
  }
}

/**
 * Fills the input map of one group, the places past `count` with zeros, and its LABELS.
 * @param indices address of the batch's indices
 */
export function gatherImages(group: i32, images: usize, labels: usize, indices: usize, count: i32, input: usize): void {
  for (let i = 0; i < GROUP_IMAGES; i++) {
    const place = group * GROUP_IMAGES + i;
    let target = input + <usize>(i >> 2) * INPUT_HALF + ((<usize>(i & 3)) << 2);
    if (place >= count) {
      for (let pixel = 0; pixel < 1024; pixel++, target += 16) store<f32>(target, 0);
      continue;
    }
    const index = <usize>load<u32>(indices + ((<usize>place) << 2));
    store<u8>(LABELS + place, load<u8>(labels + index));
    const image = images + (index << 10);
    for (let pixel: usize = 0; pixel < 1024; pixel++, target += 16) {
      store<f32>(target, load<f32>(NORMALISED + ((<usize>load<u8>(image + pixel)) << 2)));
    }
  }
}
