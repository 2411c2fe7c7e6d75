/** A spec as facts that one can read: nested fields side by side, in words, references as links. */
import { formatCount, formatDuration, formatFieldName } from '../../format.ts';

export interface SpecFact {
  name: string;
  value: string;
  href?: string;
}

type Words = [name: string, value?: (value: never) => string];

const OPTIMIZERS: Record<string, string> = { sgd: 'SGD', adam: 'Adam' };

/** By path. Fields that are not here are shown too, under a name made of their path. */
const WORDS: Record<string, Words> = {
  trainSize: ['Training images', images],
  validationSize: ['Validation images'],
  'optimizer.type': ['Optimizer', (type: string) => OPTIMIZERS[type] ?? type],
  'optimizer.learningRate': ['Learning rate', String],
  'optimizer.momentum': ['Momentum', (momentum: number) => (momentum === 0 ? 'none' : String(momentum))],
  'optimizer.nesterov': ['Nesterov', (nesterov: boolean) => (nesterov ? 'yes' : 'no')],
  'optimizer.weightDecay': ['Weight decay', (decay: number) => (decay === 0 ? 'none' : String(decay))],
  head: ['Last layer'],
  seed: ['Seed', String],
  'checkpoint.everyEpochs': [
    'Checkpoint',
    (n: number) => (n === 1 ? 'after every epoch' : `after every ${formatCount(n)} epochs`),
  ],
  'checkpoint.keepLast': ['Kept', (n: number) => `the best and the last ${formatCount(n)}`],
  from: ['Starts from', () => 'parameters drawn by the seed'],
  earlyStopping: ['Early stopping', () => 'never'],
  'earlyStopping.patience': [
    'Early stopping',
    (n: number) => (n === 1 ? 'after 1 epoch that is no better' : `after ${formatCount(n)} epochs that are no better`),
  ],
  'earlyStopping.minDelta': ['Better by more than', String],
  maxSeconds: ['Time limit', (seconds: number | null) => (seconds === null ? 'none' : formatDuration(seconds))],
};

export function specFacts(spec: object): SpecFact[] {
  return Object.entries(spec).flatMap(([name, value]) => factsAt(name, value));
}

function factsAt(path: string, value: unknown): SpecFact[] {
  if (isReference(value)) return [referenceFact(path, value)];
  if (isObject(value)) return Object.entries(value).flatMap(([name, inner]) => factsAt(`${path}.${name}`, inner));
  const [name, inWords = plain] = WORDS[path] ?? [nameOf(path)];
  return [{ name, value: (inWords as (value: unknown) => string)(value) }];
}

interface Reference {
  jobId: string;
  epoch: number | string;
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isReference = (value: unknown): value is Reference => isObject(value) && 'jobId' in value && 'epoch' in value;

function referenceFact(path: string, { jobId, epoch }: Reference): SpecFact {
  const which = typeof epoch === 'number' ? `epoch ${formatCount(epoch)}` : `${epoch} checkpoint`;
  return { name: WORDS[path]?.[0] ?? nameOf(path), value: `${jobId}, ${which}`, href: `/jobs/${jobId}` };
}

function images(size: number | string): string {
  return typeof size === 'number' ? `the first ${formatCount(size)}` : size;
}

function plain(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (typeof value === 'number' && Number.isInteger(value)) return formatCount(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `augment.shiftPixels`: "Shift pixels". */
const nameOf = (path: string): string => formatFieldName(path.split('.').at(-1) ?? path);
