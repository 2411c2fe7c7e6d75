/**
 * TensorFlow's wheels on PyPI, whose libraries serve tfjs-node-gpu. What is taken from them knows no Python, so that
 * any Python's wheel will do; the first is fetched, and those for other Pythons are taken where one is at hand.
 */
import { SetupError } from '../say.mjs';

/** @typedef {'cpu' | 'gpu'} Flavour */
/** @typedef {{ package: string, version: string, file: string, bytes: number, sha256: string }} Wheel */
/** @typedef {{ fetched: Wheel, others: Record<string, string>, unpackedBytes: number }} Choice others: SHA-256 by file */

export const TENSORFLOW_VERSION = '2.21.0';

/** With the `cp310` of another Python, `manylinux_2_27` says the same: glibc 2.27. */
export const LEAST_GLIBC = '2.27';

/** By platform and flavour. unpackedBytes: both libraries and the headers. @type {Record<string, Choice>} */
const CHOICES = {
  'linux-x64 cpu': {
    fetched: wheel(
      'tensorflow_cpu',
      'x86_64',
      273_829_956,
      '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
    ),
    others: {
      [fileName('tensorflow_cpu', 'cp310', 'x86_64')]:
        'd143e92f5c0661cdfa26eaca8f73cd2efd0ec53a68af8dec82f584ba8eb14b83',
      [fileName('tensorflow_cpu', 'cp312', 'x86_64')]:
        'dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb',
      [fileName('tensorflow_cpu', 'cp313', 'x86_64')]:
        '05af7c26d35f4de910b5598c7b507e3981831a7b0f47fed9a405d995d51d7793',
    },
    unpackedBytes: 856_000_000,
  },
  'linux-x64 gpu': {
    fetched: wheel(
      'tensorflow',
      'x86_64',
      572_440_367,
      '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124',
    ),
    others: {
      [fileName('tensorflow', 'cp310', 'x86_64')]: '77c6f298e695ea1d283cdd7d30f8d97530cc6e92c1395a9ddbab9771c99233a4',
      [fileName('tensorflow', 'cp312', 'x86_64')]: 'b3b95643c4e70eb925839938fb35cbe142f317ec84af6844ee61513713bb13c0',
      [fileName('tensorflow', 'cp313', 'x86_64')]: 'e9d8da8dcab9650efb45f032ba70af2f016f907e6e0c6bda29dd101bba945406',
    },
    unpackedBytes: 1_262_000_000,
  },
  // On Arm `tensorflow` itself is built without CUDA.
  'linux-arm64 cpu': {
    fetched: wheel(
      'tensorflow',
      'aarch64',
      281_828_020,
      '4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c',
    ),
    others: {
      [fileName('tensorflow', 'cp310', 'aarch64')]: '7c97938b25cf70c80ae8619931f85abcdee2ab2eb256c2051202edb3b89e9a5d',
      [fileName('tensorflow', 'cp312', 'aarch64')]: 'b07d15737406533898e36c7ef7944b1be18e9028dc521b9229952c537bbc5552',
      [fileName('tensorflow', 'cp313', 'aarch64')]: 'a10abdfb8b1189210c251021a3f153b7ccc52a8e6521351f3dc3331e8ba593e0',
    },
    unpackedBytes: 900_000_000,
  },
};

/** @param {string} name @param {string} python @param {string} machine */
function fileName(name, python, machine) {
  return `${name}-${TENSORFLOW_VERSION}-${python}-${python}-manylinux_2_27_${machine}.whl`;
}

/** @param {string} name @param {string} machine @param {number} bytes @param {string} sha256 @returns {Wheel} */
function wheel(name, machine, bytes, sha256) {
  const file = fileName(name, 'cp311', machine);
  return { package: name.replaceAll('_', '-'), version: TENSORFLOW_VERSION, file, bytes, sha256 };
}

/**
 * @param {Flavour} flavour
 * @param {{ platform: string, arch: string }} machine as `process` names them
 * @returns {Choice}
 */
export function chooseWheel(flavour, { platform, arch }) {
  const choice = CHOICES[`${platform}-${arch} ${flavour}`];
  if (choice !== undefined) return choice;
  throw new SetupError(
    `There is no TensorFlow ${TENSORFLOW_VERSION} (--${flavour}) for ${platform}-${arch}. ` +
      `It can be set up for: ${Object.keys(CHOICES)
        .map((key) => key.replace(' ', ' --'))
        .join(', ')}. ` +
      'Every other engine trains here as well.',
  );
}
