/** The GPU that TensorFlow computes on, which is the first that CUDA sees; TensorFlow's binding says no more than that it has one. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Hardware } from '../../shared/device.ts';

interface Gpu {
  index: string;
  uuid: string;
  name: string;
  memoryBytes: number | null;
  driver: string | null;
  isDivided: boolean;
}

/** A part of a GPU (MIG). */
interface Part {
  gpu: string;
  uuid: string;
  profile: string;
}

const FIELDS = ['index', 'uuid', 'name', 'memory.total', 'driver_version', 'mig.mode.current'];
const MEBIBYTE = 2 ** 20;
const TIMEOUT_MS = 20_000;

const run = promisify(execFile);

/** What nobody tells is null; a container may be without nvidia-smi (NVIDIA_DRIVER_CAPABILITIES without `utility`). */
export async function readGpu(visible: string | undefined): Promise<Hardware> {
  const [listed, divided, driverFile, maps] = await Promise.all([
    ask(`--query-gpu=${FIELDS.join()}`, '--format=csv,noheader,nounits'),
    ask('-L'),
    read('/proc/driver/nvidia/version'),
    read('/proc/self/maps'),
  ]);
  return chooseGpu({ gpus: parseGpus(listed), parts: parseParts(divided), visible, driverFile, maps });
}

export function chooseGpu(told: {
  gpus: readonly Gpu[];
  parts: readonly Part[];
  visible: string | undefined;
  driverFile: string;
  maps: string;
}): Hardware {
  const { gpus, parts } = told;
  const first = told.visible?.split(',')[0]?.trim() ?? '';
  const named = first === '' ? undefined : parts.find(({ uuid }) => uuid.startsWith(first));
  const gpu = gpus.find(({ index, uuid }) => {
    if (named) return index === named.gpu;
    return first === '' || index === first || uuid.startsWith(first);
  });
  const part = named ?? parts.find((one) => gpu?.isDivided && one.gpu === gpu.index);
  const name = gpu?.name ?? 'NVIDIA GPU';
  return {
    name: part ? `${name} MIG ${part.profile}` : name,
    memoryBytes: part ? null : (gpu?.memoryBytes ?? null),
    driver: gpu?.driver ?? /Kernel Module\s+(?:for \S+\s+)?(\d[\d.]+)/.exec(told.driverFile)?.[1] ?? null,
    cuda: /libcudart\.so\.(\d[\d.]*)/.exec(told.maps)?.[1] ?? null,
  };
}

/** @param csv a line for each GPU */
export function parseGpus(csv: string): Gpu[] {
  return linesOf(csv).map((line) => {
    const [index = '', uuid = '', name = '', memory, driver, mig] = line.split(', ').map(knownOrUndefined);
    const memoryBytes = memory === undefined ? null : Number(memory) * MEBIBYTE;
    return { index, uuid, name, memoryBytes, driver: driver ?? null, isDivided: mig === 'Enabled' };
  });
}

/** @param list as `nvidia-smi -L` has it: each GPU, and its parts below it */
export function parseParts(list: string): Part[] {
  let gpu = '';
  return linesOf(list).flatMap((line) => {
    gpu = /^GPU (\d+):/.exec(line)?.[1] ?? gpu;
    const [, profile, uuid] = /^\s+MIG (\S+)\s+Device\s+\d+: \(UUID: (\S+)\)/.exec(line) ?? [];
    return profile && uuid ? [{ gpu, uuid, profile }] : [];
  });
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

/** nvidia-smi says `[N/A]`, `[Insufficient Permissions]` and the like. */
function knownOrUndefined(value: string): string | undefined {
  return value.startsWith('[') ? undefined : value.trim();
}

async function ask(...args: string[]): Promise<string> {
  return run('nvidia-smi', args, { timeout: TIMEOUT_MS }).then(
    ({ stdout }) => stdout,
    () => '',
  );
}

async function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
