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

/** @type {(Flavour | 'libtensorflow')[]} */
const BUILDS = ['libtensorflow', 'gpu', 'cpu'];

/** @param {string} root of the checkout @param {Flavour | 'libtensorflow'} build */
function folderOf(root, build) {
  return join(keptFolder(root), build === 'libtensorflow' ? build : `${TENSORFLOW_VERSION}-${build}`);
}

/**
 * @param {string} root of the checkout
 * @param {() => Promise<Verified>} work
 */
function alone(root, work) {
  return withLock(join(keptFolder(root), '.lock'), 'setting TensorFlow up', work);
}

/**
 * @param {string} root of the checkout
 * @param {Options} options
 * @param {NodeJS.ProcessEnv} env
 * @param {import('./wheels.mjs').Choice} choice
 * @returns {Promise<Verified>}
 */
export async function setUpTensorflow(root, options, env, choice = chooseWheel(options.flavour, process)) {
  const { flavour, wheel, libtensorflow, withCuda } = options;
  const folder = folderOf(root, libtensorflow === null ? flavour : 'libtensorflow');
  requireGlibc();
  requirePackages(root);
  return alone(root, async () => {
    const hasBinding = libtensorflow === null && hasLibraries(folder) && isCompiled(root, folder);
    // Before anything is fetched that is of no use without one.
    if (!hasBinding) requireCompiler(env);
    const wantsLibraries = libtensorflow !== null || !hasLibraries(folder);
    const wantsCuda = withCuda && !hasCuda(folder);
    if (wheel !== null && wantsLibraries) await requireKnown(wheel, choice);
    const ofWheel = wantsLibraries && libtensorflow === null ? choice : null;
    await requireSpace(keptFolder(root), bytesFor(ofWheel, wheel !== null, wantsCuda ? bytesForCuda(folder) : 0));
    if (wantsLibraries) await provideLibraries(root, folder, choice, options, env);
    if (wantsCuda) await addCuda(root, folder, { index: options.index, env });
    const verified = await compileAndVerify(root, folder, hasBinding, env);
    if ('version' in verified) return said('set up', verified, flavour);
    const from = libtensorflow === null ? '' : ` --libtensorflow ${libtensorflow}`;
    throw doesNotRun(folder, `--${flavour}${hasCuda(folder) ? ' --with-cuda' : ''}${from}`, verified.fault);
  });
}

/**
 * Of all that is to come: a wheel that is fetched is removed before the next.
 * @param {import('./wheels.mjs').Choice | null} choice null: no wheel is unpacked
 * @param {boolean} isAtHand
 * @param {number} forCuda
 */
function bytesFor(choice, isAtHand, forCuda) {
  const fetched = choice === null || isAtHand ? 0 : choice.fetched.bytes;
  return (choice?.unpackedBytes ?? 0) + Math.max(fetched, forCuda);
}

/**
 * A binding that is there already is compiled only if it does not run. What was fetched stays: nothing says that it is
 * to blame, and there may be no network to fetch it anew.
 * @param {string} root of the checkout
 * @param {string} folder
 * @param {boolean} hasBinding
 * @param {NodeJS.ProcessEnv} env
 * @returns {ReturnType<typeof verify>}
 */
async function compileAndVerify(root, folder, hasBinding, env) {
  if (!hasBinding) await compileBinding(root, folder, requireCompiler(env));
  if (!isLinked(root, folder)) linkIntoPackage(root, folder);
  const verified = await verify(env);
  if ('version' in verified || !hasBinding) return verified;
  note(`It is set up and does not run, so its binding is compiled anew:\n${verified.fault}`);
  return compileAndVerify(root, folder, false, env);
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
  if (wheel !== null) return unpackWheel(wheel, folder);
  const fetched = await fetchWheel(choice.fetched, kept, { index, env });
  await unpackWheel(fetched, folder);
  rmSync(fetched);
}

/**
 * For measuring: the build that is in use, if this machine is to be measured with it: one that finds the GPU, if there
 * is one, and always one that somebody has brought (--libtensorflow).
 * @param {string} root of the checkout
 * @param {Flavour} flavour that is set up where nothing is, with CUDA
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Verified>}
 */
export async function keepOrSetUp(root, flavour, env) {
  const build = buildInUse(root);
  if (build === 'libtensorflow') return keepLibtensorflow(root, flavour, env);
  const none = { wheel: null, libtensorflow: null, index: null };
  if (build !== undefined && (flavour === 'cpu' || build === 'gpu')) {
    const verified = await setUpTensorflow(root, { flavour: build, ...none, withCuda: false }, env);
    if (flavour === 'cpu' || verified.device === 'gpu') return verified;
  }
  return setUpTensorflow(root, { flavour, ...none, withCuda: flavour === 'gpu' }, env);
}

/**
 * The build that is linked, or the only one there is: `npm ci` takes the links away.
 * @param {string} root of the checkout
 */
function buildInUse(root) {
  const linked = BUILDS.find((build) => isLinked(root, folderOf(root, build)));
  const kept = BUILDS.filter((build) => hasLibraries(folderOf(root, build)));
  return linked ?? (kept.length === 1 ? kept[0] : undefined);
}

/**
 * @param {string} root of the checkout
 * @param {Flavour} flavour
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Verified>}
 */
async function keepLibtensorflow(root, flavour, env) {
  const folder = folderOf(root, 'libtensorflow');
  requirePackages(root);
  return alone(root, async () => {
    const verified = await compileAndVerify(root, folder, isCompiled(root, folder), env);
    if ('version' in verified) return said(`set up in ${folder}, and stays`, verified, flavour);
    throw doesNotRun(folder, `--${flavour} --libtensorflow PATH`, verified.fault);
  });
}

/**
 * @param {string} folder
 * @param {string} options that set it up
 * @param {string} fault
 */
function doesNotRun(folder, options, fault) {
  return new SetupError(
    `TensorFlow is set up in ${folder} and does not run. ` +
      `To set it up from nothing, remove that folder and run: npm run setup:tensorflow -- ${options}\n${fault}`,
  );
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
