/** Multiplies two matrices by TensorFlow, and prints as JSON on what; in a process of its own, which a fault may end. */
import { createRequire } from 'node:module';
import util from 'node:util';
import { ROOT } from '../root.mjs';

// What tfjs-node 4.22 uses of Node's and Node 23 has dropped.
Object.assign(util, {
  isArray: Array.isArray,
  isNullOrUndefined: (/** @type {unknown} */ value) => value === null || value === undefined,
});

const tf = createRequire(`${ROOT}/`)('@tensorflow/tfjs-node-gpu');
const product = await tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2])).data();
if (product.join() !== '19,22,43,50') throw new Error(`the product of two matrices is wrong: ${product.join()}`);
const { binding, isUsingGpuDevice } = tf.backend();
console.log(JSON.stringify({ version: binding.TF_Version, device: isUsingGpuDevice ? 'gpu' : 'cpu' }));
