/** Why TensorFlow computes on the CPU where it should not: what it said of that itself, and what to do. */

const REMARK = /\.cc:\d+\] (.*(?:cuda|cudnn|nvidia|gpu).*)$/i;
const SET_UP = 'npm run setup:tensorflow -- --gpu --with-cuda';

/** @param said its error output, with TF_CPP_MIN_LOG_LEVEL at most 1 */
export function missingGpu(said: string): string {
  const remarks = new Set(said.split('\n').flatMap((line) => REMARK.exec(line)?.[1]?.trim() ?? []));
  if (remarks.size === 0) {
    return `It says nothing of a GPU, as a TensorFlow without CUDA does: ${SET_UP} sets up the one with it`;
  }
  return (
    `It says: ${[...remarks].join(' ')} A missing library is added by ${SET_UP}; ` +
    "a missing driver or GPU is the machine's or the container's matter (nvidia-smi tells)"
  );
}
