/** `setup:tensorflow`: fetch, unpack, compile, link, run an op. Each is done once; what is done already is passed by. */
import { existsSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { withLock } from '../lock.mjs';
import { note, SetupError } from '../say.mjs';
import { compileBinding, isLinked, linkIntoPackage } from './binding.mjs';
import { isCompiled } from './binding-sources.mjs';
import { addCuda, bytesForCuda, hasCuda } from './cuda.mjs';
import { fetchWheel, sha256Of } from './fetch-wheel.mjs';
import { copyLibtensorflow, hasLibraries, unpackWheel } from './libraries.mjs';
import { requireCompiler, requireGlibc, requirePackages, requireSpace } from './machine.mjs';
import { keptFolder } from './places.mjs';
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
    let hasBinding = libtensorflow === null && isCompiled(root, folder);
    if (hasBinding && isLinked(root, folder) && (!withCuda || hasCuda(folder))) {
      const verified = await verify(env);
      if ('version' in verified) return said('already set up', verified, flavour);
      // What is fetched stays: nothing says that it is to blame, and there may be no network to fetch it anew.
      note(`It is set up and does not run, so its binding is compiled anew:\n${verified.fault}`);
      hasBinding = false;
    }
    const compiler = hasBinding ? null : requireCompiler(env);
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

/**
 * For measuring: what is linked, if it runs and is what this machine is to be measured with. A build that somebody
 * has brought (--libtensorflow) always is.
 * @param {string} root of the checkout
 * @param {Flavour} flavour that is set up where nothing is, with CUDA
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Verified>}
 */
export async function keepOrSetUp(root, flavour, env) {
  const kept = keptFolder(root);
  const names = ['libtensorflow', `${TENSORFLOW_VERSION}-gpu`, `${TENSORFLOW_VERSION}-cpu`];
  const name = names.find((it) => isLinked(root, join(kept, it)));
  if (name !== undefined) {
    const folder = join(kept, name);
    const mustStay = name === 'libtensorflow' || flavour === 'cpu';
    if (!isCompiled(root, folder)) await compileBinding(root, folder, requireCompiler(env));
    const verified = await verify(env);
    if ('version' in verified && (mustStay || verified.device === 'gpu')) {
      return said(`set up in ${folder}, and stays`, verified, flavour);
    }
    if (mustStay && 'fault' in verified) {
      throw new SetupError(`TensorFlow is set up in ${folder} and does not run.\n${verified.fault}`);
    }
  }
  const options = { wheel: null, libtensorflow: null, index: null, withCuda: flavour === 'gpu' };
  return setUpTensorflow(root, { flavour, ...options }, env);
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
