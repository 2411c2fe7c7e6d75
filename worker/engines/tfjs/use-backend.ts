import * as tf from '@tensorflow/tfjs-core';

/** tfjs has one current backend; one that is ready already is current as soon as this returns. */
export function useBackend(name: string): void {
  if (tf.getBackend() !== name) void tf.setBackend(name);
}

/** Of the current backend; only TensorFlow's says whether it has a GPU. */
export function isOnTensorflowCpu(): boolean {
  return (tf.backend() as { isUsingGpuDevice?: boolean }).isUsingGpuDevice === false;
}
