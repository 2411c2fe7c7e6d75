/** Why TensorFlow computes on the CPU where it should not: what it said of that itself, and what to do. */

const REMARK = /\.cc:\d+\] (.*(?:cuda|cudnn|nvidia|gpu).*)$/i;
const SET_UP = 'npm run setup:tensorflow -- --gpu --with-cuda';
const IMAGE = 'in a container, which has no npm scripts, an image built of target gpu as it stands (docs/gpu.md)';

/** @param said its error output, with TF_CPP_MIN_LOG_LEVEL at most 1 */
export function missingGpu(said: string): string {
  const remarks = new Set(said.split('\n').flatMap((line) => REMARK.exec(line)?.[1]?.trim() ?? []));
  if (remarks.size === 0) {
    return `It says nothing of a GPU, as a TensorFlow without CUDA does: the one with it comes by ${SET_UP}; ${IMAGE}`;
  }
  return (
    `It says: ${[...remarks].join(' ')} A missing library comes by ${SET_UP}; ${IMAGE}. ` +
    "A missing driver or GPU is the machine's or the container's matter (nvidia-smi tells)"
  );
}
