/** How the fields of a kind of job are put together. A field that is named nowhere here stands under "More". */
import type { Field } from './fields.ts';
import type { Draft } from './values.ts';

export interface Section {
  title: string;
  fields: Field[];
  /** Opened by a click: most jobs leave it as it is. */
  isFolded: boolean;
}

interface SectionPlan {
  title: string;
  paths: string[];
  isFolded?: boolean;
}

const JOB = { title: 'Job', paths: ['name', 'tags', 'priority'] };
const PLANS: Record<string, SectionPlan[]> = {
  train: [
    JOB,
    { title: 'Data', paths: ['spec.dataset', 'spec.trainSize', 'spec.validationSize'] },
    { title: 'Model', paths: ['spec.model', 'spec.resize', 'spec.head'] },
    { title: 'Training', paths: ['spec.epochs', 'spec.batchSize', 'spec.seed', 'spec.optimizer'] },
    {
      title: 'Advanced',
      paths: ['spec.from', 'spec.earlyStopping', 'spec.checkpoint', 'spec.maxSeconds', 'spec.engine'],
      isFolded: true,
    },
  ],
  eval: [
    { title: 'Evaluation', paths: ['spec.checkpoint', 'spec.split', 'spec.dataset', 'spec.batchSize', 'spec.engine'] },
    JOB,
  ],
};

const LABELS: Record<string, string> = {
  'spec.from': 'Start from a checkpoint',
  'spec.from.jobId': 'Train job',
  'spec.checkpoint.jobId': 'Train job',
  'spec.checkpoint.everyEpochs': 'Every so many epochs',
};
export const fieldLabel = ({ path, label }: Field): string => LABELS[path] ?? label;

export function sectionsOf(kind: string, fields: readonly Field[]): Section[] {
  // The spec is no field of its own: its members stand beside name and tags.
  const all = fields.flatMap((field) => (field.path === 'spec' && field.type === 'group' ? field.fields : [field]));
  const byPath = new Map(all.map((field) => [field.path, field]));
  const plans = PLANS[kind] ?? [JOB];
  const named = new Set(plans.flatMap(({ paths }) => paths));
  const rest = all.filter(({ path }) => !named.has(path));
  const sections = plans.map(({ title, paths, isFolded = false }) => ({
    title,
    isFolded,
    fields: paths.flatMap((path) => byPath.get(path) ?? []),
  }));
  return [...sections, { title: 'More', isFolded: false, fields: rest }].filter((section) => section.fields.length > 0);
}

/** Whether anything in it is not as at first. */
export function isUsed({ fields }: Section, draft: Draft): boolean {
  return fields.some(({ path }) => Object.keys(draft).some((one) => one === path || one.startsWith(`${path}.`)));
}
