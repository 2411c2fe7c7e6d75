/** Where TensorFlow's parts lie: kept in .data/tensorflow, so that `npm ci` costs only the links from the package. */
import { join } from 'node:path';

/** @param {string} root of the checkout */
export function packageFolder(root) {
  return join(root, 'node_modules', '@tensorflow', 'tfjs-node-gpu');
}

/** @param {string} root */
export function keptFolder(root) {
  return join(root, '.data', 'tensorflow');
}

/**
 * Laid out as the package is, whose `deps` and `lib` become links to it.
 * @param {string} folder
 */
export function placesIn(folder) {
  return {
    libraries: join(folder, 'deps', 'lib'),
    headers: join(folder, 'deps', 'include'),
    cuda: join(folder, 'deps', 'nvidia'),
    sources: join(folder, 'sources'),
    // tfjs-node-gpu looks for the newest Node-API that it knows, and every Node since 12.22 has that.
    binding: join(folder, 'lib', 'napi-v8', 'tfjs_binding.node'),
  };
}
