/** `setup:tensorflow`: fetch, unpack, compile, link, run an op. Each is done once; what is done already is passed by. */
import { existsSync, readlinkSync, rmSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { withLock } from '../lock.mjs';
import { note, SetupError } from '../say.mjs';
import { compileBinding, linkIntoPackage } from './binding.mjs';
import { isCompiled } from './binding-sources.mjs';
import { addCuda, bytesForCuda, hasCuda } from './cuda.mjs';
import { fetchWheel, sha256Of } from './fetch-wheel.mjs';
import { copyLibtensorflow, hasLibraries, unpackWheel } from './libraries.mjs';
import { requireCompiler, requireGlibc, requirePackages, requireSpace } from './machine.mjs';
import { keptFolder, packageFolder } from './places.mjs';
import { verify } from './verify.mjs';
import { chooseWheel, TENSORFLOW_VERSION } from './wheels.mjs';

/** @typedef {import('./verify.mjs').Verified} Verified */
/** @typedef {import('./wheels.mjs').Flavour} Flavour */
/**
 * @typedef {object} Options
 * @property {Flavour} flavour
 * @property {string | null} wheel path of one at hand
 * @property {string | null} libtensorflow path of another build, instead of a wheel
 * @property {string | null} index where the user says; else pip's
 * @property {boolean} withCuda
 */

/**
 * @param {string} root of the checkout
 * @param {Options} options
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Verified>}
 */
export async function setUpTensorflow(root, options, env) {
  const { flavour, libtensorflow, withCuda } = options;
  const kept = keptFolder(root);
  const folder = join(kept, libtensorflow === null ? `${TENSORFLOW_VERSION}-${flavour}` : 'libtensorflow');
  const choice = chooseWheel(flavour, process);
  requireGlibc();
  requirePackages(root);
  return withLock(join(kept, '.lock'), 'setting TensorFlow up', async () => {
    const hasBinding = () => libtensorflow === null && isCompiled(root, folder);
    if (hasBinding() && isLinked(root, folder) && (!withCuda || hasCuda(folder))) {
      const verified = await verify(env);
      if ('version' in verified) return said('already set up', verified, flavour);
      note(`It is set up and does not run, so it is done anew:\n${verified.fault}`);
      rmSync(folder, { recursive: true, force: true });
    }
    const compiler = hasBinding() ? null : requireCompiler(env);
    if (libtensorflow !== null || !hasLibraries(folder)) await provideLibraries(root, folder, choice, options, env);
    if (withCuda && !hasCuda(folder)) {
      await requireSpace(kept, bytesForCuda(folder));
      await addCuda(root, folder, { index: options.index, env });
    }
    if (compiler !== null) await compileBinding(root, folder, compiler);
    linkIntoPackage(root, folder);
    const verified = await verify(env);
    if ('version' in verified) return said('set up', verified, flavour);
    throw new SetupError(
      `TensorFlow is set up in ${folder} and does not run. Remove that folder to have it set up from nothing.\n${verified.fault}`,
    );
  });
}

/**
 * @param {string} root
 * @param {string} folder
 * @param {import('./wheels.mjs').Choice} choice
 * @param {Options} options
 * @param {NodeJS.ProcessEnv} env
 */
async function provideLibraries(root, folder, choice, { wheel, libtensorflow, index }, env) {
  if (libtensorflow !== null) return copyLibtensorflow(libtensorflow, folder);
  const kept = keptFolder(root);
  if (wheel !== null) {
    await requireKnown(wheel, choice);
    await requireSpace(kept, choice.unpackedBytes);
    return unpackWheel(wheel, folder);
  }
  await requireSpace(kept, choice.unpackedBytes + choice.fetched.bytes);
  const fetched = await fetchWheel(choice.fetched, kept, { index, env });
  await unpackWheel(fetched, folder);
  rmSync(fetched);
}

/** @param {string} root @param {string} folder */
function isLinked(root, folder) {
  const link = join(packageFolder(root), 'deps');
  try {
    return readlinkSync(link) === relative(packageFolder(root), join(folder, 'deps')) && existsSync(link);
  } catch {
    return false;
  }
}

/**
 * @param {string} path
 * @param {import('./wheels.mjs').Choice} choice
 */
async function requireKnown(path, { fetched, others }) {
  const known = { [fetched.file]: fetched.sha256, ...others };
  const wanted = known[basename(path)];
  if (!existsSync(path)) throw new SetupError(`--wheel ${path}: there is no such file.`);
  if (wanted === undefined) {
    throw new SetupError(`--wheel ${path}: its name is not one of ${Object.keys(known).join(', ')}.`);
  }
  const sum = await sha256Of(path);
  if (sum !== wanted) throw new SetupError(`--wheel ${path}: its SHA-256 is ${sum}, not ${wanted}.`);
}

/**
 * @param {string} how
 * @param {Verified} verified
 * @param {Flavour} flavour
 */
function said(how, verified, flavour) {
  note(`TensorFlow ${verified.version} is ${how}. Device: ${verified.device} (${verified.name}).`);
  if (flavour === 'gpu' && verified.device === 'cpu') {
    note('It finds no GPU that it can use, and would compute on the CPU:');
    for (const remark of verified.remarks) note(`  ${remark}`);
  }
  return verified;
}
