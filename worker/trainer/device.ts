/** What a trainer's engine computes on, asked once it has been opened: only then CUDA is loaded, if it is. */
import { cpus } from 'node:os';
import type { Device } from '../../shared/device.ts';
import { readGpu } from './gpu.ts';

/** @param visible CUDA_VISIBLE_DEVICES */
export async function describeDevice(type: Device['type'], visible: string | undefined): Promise<Device> {
  if (type === 'gpu') return { type, hardware: await readGpu(visible) };
  const name = cpus()[0]?.model.trim() || 'unknown';
  return { type, hardware: { name, memoryBytes: null, driver: null, cuda: null } };
}
