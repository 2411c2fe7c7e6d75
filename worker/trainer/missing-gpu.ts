/** Why TensorFlow computes on the CPU where it should not: what it said of that itself, and what to do. */

const LACKS = /\.cc:\d+\] Could not load dynamic library '([^']+)'(?:; dlerror: (?:\1: )?([^;]+))?/;
const REMARK = /\.cc:\d+\] (?!Successfully opened)(.*(?:cuda|cudnn|nvidia|gpu).*)$/i;
const NOT_THERE = 'cannot open shared object file: No such file or directory';
const OF_DRIVER = /^lib(cuda\.|nvidia-)/;
const SET_UP = 'npm run setup:tensorflow -- --gpu --with-cuda';
const IMAGE = 'in a container, which has no npm scripts, an image built of target gpu as it stands (docs/gpu.md)';

/** @param said its error output, with TF_CPP_MIN_LOG_LEVEL at most 1 */
export function missingGpu(said: string): string {
  const libraries = new Set<string>();
  const remarks = new Set<string>();
  for (const line of said.split('\n')) {
    const [lacks, name = '', why = NOT_THERE] = LACKS.exec(line) ?? [];
    if (lacks) libraries.add(described(name, why.trim()));
    else for (const remark of REMARK.exec(line)?.slice(1) ?? []) remarks.add(remark.trim());
  }
  if (libraries.size + remarks.size === 0) {
    return `It says nothing of a GPU, as a TensorFlow without CUDA does: the one with it comes by ${SET_UP}; ${IMAGE}`;
  }
  const lacking = libraries.size > 0 ? [`It cannot load ${[...libraries].join(', ')}.`] : [];
  const says = remarks.size > 0 ? [`It says: ${[...remarks].join(' ')}`] : [];
  return (
    `${[...lacking, ...says].join(' ')} A missing library comes by ${SET_UP}; ${IMAGE}. ` +
    "A missing driver or GPU is the machine's or the container's matter (nvidia-smi tells)"
  );
}

function described(library: string, why: string): string {
  const notes = [...(OF_DRIVER.test(library) ? ["of NVIDIA's driver"] : []), ...(why === NOT_THERE ? [] : [why])];
  return notes.length > 0 ? `${library} (${notes.join(': ')})` : library;
}
