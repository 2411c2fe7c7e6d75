/** What a job is computed on. */
import { z } from 'zod';

export const DeviceType = z.enum(['cpu', 'gpu']);

export const Hardware = z.strictObject({
  name: z.string().describe('As its maker calls it, with the profile where it is a part of a GPU (MIG).'),
  memoryBytes: z.int().nullable().describe('Of a GPU; null of a part of one.'),
  driver: z.string().nullable().describe("Version of a GPU's driver."),
  cuda: z.string().nullable().describe('Version of the CUDA that TensorFlow has loaded, as far as its file names it.'),
});
export type Hardware = z.infer<typeof Hardware>;

export interface Device {
  type: z.infer<typeof DeviceType>;
  hardware: Hardware;
}
