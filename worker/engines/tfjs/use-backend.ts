import * as tf from '@tensorflow/tfjs-core';

/** tfjs has one current backend; one that is ready already is current as soon as this returns. */
export function useBackend(name: string): void {
  if (tf.getBackend() !== name) void tf.setBackend(name);
}
