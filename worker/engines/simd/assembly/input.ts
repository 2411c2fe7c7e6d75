/** From bytes to the first layer's input: normalised, four images innermost. */
import { GROUP_IMAGES, INDICES, INPUT, INPUT_HALF, LABELS, MAP_BYTES, MAPS, NORMALISED } from './layout';

/** PyTorch's ToTensor and Normalize(0.5, 0.5), each operation rounded to float32. */
export function fillNormalised(): void {
  for (let byte: i32 = 0; byte < 256; byte++) {
    store<f32>(NORMALISED + ((<usize>byte) << 2), (<f32>byte / 255 - 0.5) / 0.5);
  }
}

/** Fills the input maps of all groups, the places past `count` with zeros, and LABELS. */
export function gatherImages(images: usize, labels: usize, count: i32): void {
  const groups = (count + GROUP_IMAGES - 1) / GROUP_IMAGES;
  for (let place = 0; place < groups * GROUP_IMAGES; place++) {
    const half = MAPS + <usize>(place >> 3) * MAP_BYTES + INPUT + <usize>((place >> 2) & 1) * INPUT_HALF;
    let target = half + ((<usize>(place & 3)) << 2);
    if (place >= count) {
      for (let pixel = 0; pixel < 1024; pixel++, target += 16) store<f32>(target, 0);
      continue;
    }
    const index = <usize>load<u32>(INDICES + ((<usize>place) << 2));
    store<u8>(LABELS + place, load<u8>(labels + index));
    const image = images + (index << 10);
    for (let pixel: usize = 0; pixel < 1024; pixel++, target += 16) {
      store<f32>(target, load<f32>(NORMALISED + ((<usize>load<u8>(image + pixel)) << 2)));
    }
  }
}
