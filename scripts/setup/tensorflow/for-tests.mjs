/** The TensorFlow of the tests: the one that is set up; under CI it is set up first. */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { areAsked } from '../asked-tests.mjs';
import { foundOrSkipped } from '../needed-by-tests.mjs';
import { isCompiled } from './binding-sources.mjs';
import { packageFolder } from './places.mjs';
import { setUpTensorflow } from './set-up.mjs';
import { verify } from './verify.mjs';

/** @param {string[]} files parts of paths, as `npm test` takes them; none means all */
export function needsTensorflow(files) {
  return areAsked(files, /\.tensorflow(\.redis)?\.test\.js$/);
}

/**
 * @param {string} root of the checkout
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<import('../needed-by-tests.mjs').Needed>} path of its libraries
 */
export async function tensorflowForTests(root, env) {
  /** @type {string[]} */
  const tried = [];
  const deps = join(packageFolder(root), 'deps');
  const path = join(deps, 'lib');
  const present = await lookForTensorflow(root, deps, env, tried);
  const version = present ?? (env.CI ? (await setUpTensorflow(root, CPU, env)).version : null);
  const tests = '*.tensorflow.test.ts and *.tensorflow.redis.test.ts';
  const remedy = 'Set it up: npm run setup:tensorflow -- --cpu';
  return foundOrSkipped(version === null ? null : { path, version }, { what: 'TensorFlow', tests, tried, remedy }, env);
}

/** @type {import('./set-up.mjs').Options} */
const CPU = { flavour: 'cpu', wheel: null, libtensorflow: null, index: null, withCuda: false };

/**
 * @param {string} root of the checkout
 * @param {string} deps
 * @param {NodeJS.ProcessEnv} env
 * @param {string[]} tried gains the reason when the answer is null
 * @returns {Promise<string | null>} its version
 */
async function lookForTensorflow(root, deps, env, tried) {
  if (!existsSync(deps)) {
    tried.push('it is not set up');
    return null;
  }
  if (!isCompiled(root, dirname(realpathSync(deps)))) {
    tried.push('its binding is missing, or was compiled from other sources');
    return null;
  }
  const verified = await verify(env);
  if ('version' in verified) return verified.version;
  tried.push(`what is set up does not run: ${verified.fault.split('\n').at(-1)}`);
  return null;
}
