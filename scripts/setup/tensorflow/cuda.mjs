/**
 * CUDA's libraries, from NVIDIA's wheels, for a machine that has nothing but the driver. They lie where TensorFlow's
 * libraries look by themselves: `nvidia/` beside their own folder, as pip would lay them out.
 */
import { chmodSync, existsSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from '../say.mjs';
import { unzip } from '../zip.mjs';
import { fetchWheel } from './fetch-wheel.mjs';
import { keptFolder, placesIn } from './places.mjs';

/** @typedef {import('./wheels.mjs').Wheel} Wheel */

/** What the wheels hold that TensorFlow reads: shared libraries, the assembler and the device library for XLA. */
const TAKEN = /^nvidia\/(\w+)\/(lib\/lib[^/]*\.so[^/]*|bin\/ptxas|nvvm\/libdevice\/[^/]+|nvvm\/lib64\/[^/]+)$/;

/**
 * All that `tensorflow[and-cuda]` 2.21.0 names (METADATA of its wheel), at the versions that pip took on the day when
 * it came out: name, version, tag, bytes, SHA-256.
 * @type {[string, string, string, number, string][]}
 */
const WHEELS = [
  [
    'cublas',
    '12.9.1.4',
    'manylinux_2_27_x86_64',
    581242350,
    '453611eb21a7c1f2c2156ed9f3a45b691deda0440ec550860290dc901af5b4c2',
  ],
  [
    'cuda_cupti',
    '12.9.79',
    'manylinux_2_25_x86_64',
    10814997,
    '096bcf334f13e1984ba36685ad4c1d6347db214de03dbb6eebb237b41d9d934f',
  ],
  [
    'cuda_nvcc',
    '12.9.86',
    'manylinux2010_x86_64.manylinux_2_12_x86_64',
    40546229,
    '5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0',
  ],
  [
    'cuda_nvrtc',
    '12.9.86',
    'manylinux2010_x86_64.manylinux_2_12_x86_64',
    89568129,
    '210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4',
  ],
  [
    'cuda_runtime',
    '12.9.79',
    'manylinux2014_x86_64.manylinux_2_17_x86_64',
    3493179,
    '25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3',
  ],
  [
    'cudnn',
    '9.19.0.56',
    'manylinux_2_27_x86_64',
    657906812,
    'ac6ad90a075bb33a94f2b4cf4622eac13dd4dc65cf6dd9c7572a318516a36625',
  ],
  [
    'cufft',
    '11.4.1.4',
    'manylinux2014_x86_64.manylinux_2_17_x86_64',
    200877592,
    'c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28',
  ],
  [
    'curand',
    '10.3.10.19',
    'manylinux_2_27_x86_64',
    68295626,
    '49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e',
  ],
  [
    'cusolver',
    '11.7.5.82',
    'manylinux_2_27_x86_64',
    338117415,
    '15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88',
  ],
  [
    'cusparse',
    '12.5.10.65',
    'manylinux2014_x86_64.manylinux_2_17_x86_64',
    366465088,
    '73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78',
  ],
  [
    'nccl',
    '2.29.7',
    'manylinux_2_18_x86_64',
    293633942,
    'ecd0a012051abc20c1aa87328841efa8cade3ced65803046e38c2f03c0891fea',
  ],
  [
    'nvjitlink',
    '12.9.86',
    'manylinux2010_x86_64.manylinux_2_12_x86_64',
    39748338,
    'e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9',
  ],
];

/** @returns {{ part: string, wheel: Wheel }[]} */
export function cudaWheels() {
  return WHEELS.map(([part, version, tag, bytes, sha256]) => {
    const file = `nvidia_${part}_cu12-${version}-py3-none-${tag}.whl`;
    return { part, wheel: { package: `nvidia-${part.replaceAll('_', '-')}-cu12`, version, file, bytes, sha256 } };
  });
}

/** Of what is unpacked, to its wheel: 4.3 GB come of 2.7 GB. */
const UNPACKED_RATIO = 1.6;

/** For what is not there yet: unpacked, and the largest wheel. @param {string} folder */
export function bytesForCuda(folder) {
  const { cuda } = placesIn(folder);
  const missing = WHEELS.filter(([part]) => !existsSync(join(cuda, part))).map(([, , , bytes]) => bytes);
  return UNPACKED_RATIO * missing.reduce((sum, bytes) => sum + bytes, 0) + Math.max(0, ...missing);
}

/**
 * @param {string} root of the checkout
 * @param {string} folder with TensorFlow's libraries
 * @param {import('./fetch-wheel.mjs').From} from
 */
export async function addCuda(root, folder, from) {
  const { cuda } = placesIn(folder);
  for (const { part, wheel } of cudaWheels()) {
    if (existsSync(join(cuda, part))) continue;
    const path = await fetchWheel(wheel, keptFolder(root), from);
    await unpackPart(path, part, cuda);
    rmSync(path);
  }
  linkCusolver(cuda);
}

/** @param {string} folder */
export function hasCuda(folder) {
  const { cuda } = placesIn(folder);
  return WHEELS.every(([part]) => existsSync(join(cuda, part))) && existsSync(cusolverLink(cuda));
}

/** Whole or not at all. @param {string} wheel @param {string} part @param {string} cuda */
async function unpackPart(wheel, part, cuda) {
  const draft = join(cuda, `${part}.draft`);
  rmSync(draft, { recursive: true, force: true });
  const taken = await unzip(wheel, (name) => {
    const [, of, path = ''] = TAKEN.exec(name) ?? [];
    return of === part ? join(draft, path) : null;
  });
  if (taken.length === 0) throw new SetupError(`${wheel} does not hold any library of ${part}.`);
  if (existsSync(join(draft, 'bin', 'ptxas'))) chmodSync(join(draft, 'bin', 'ptxas'), 0o755);
  renameSync(draft, join(cuda, part));
}

/** @param {string} cuda */
function cusolverLink(cuda) {
  return join(cuda, 'cusparse', 'lib', 'libcusolver.so.11');
}

/**
 * TensorFlow 2.21 loads cuSOLVER from libtensorflow_framework, whose list of folders leaves out cuSOLVER's own
 * (it stands in libtensorflow_cc's). Without it TensorFlow takes no GPU.
 * @param {string} cuda
 */
export function linkCusolver(cuda) {
  const link = cusolverLink(cuda);
  rmSync(link, { force: true });
  symlinkSync('../../cusolver/lib/libcusolver.so.11', link);
}
