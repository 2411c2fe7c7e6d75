import { expect, test } from 'vitest';
import { z } from 'zod';
import { JobRequest } from '../../../../shared/jobs.ts';
import { formSchemaOf } from '../../build/job-schema.ts';
import { type Field, fieldsOfKinds, type JsonSchema, limitsOf, type VariantField } from './fields.ts';
import { sectionsOf } from './layout.ts';
import { fieldsNow } from './values.ts';

const kinds = fieldsOfKinds(formSchemaOf(JobRequest) as JsonSchema);

/** The fields of a spec that is none of ours. */
function fieldsOf(shape: z.ZodRawShape): Field[] {
  const request = z.union([z.strictObject({ kind: z.literal('made-up'), spec: z.strictObject(shape).prefault({}) })]);
  return fieldsOfKinds(formSchemaOf(request) as JsonSchema)['made-up'] ?? [];
}

function at(fields: readonly Field[], path: string, draft = {}): Field {
  const found = fieldsNow(fields, draft).find((field) => field.path === path);
  if (!found) throw new Error(`no field ${path}`);
  return found;
}

test('every field that the API takes is a field of the form, and in one section of it', () => {
  for (const { shape } of JobRequest.options) {
    const kind = shape.kind.value;
    const { kind: _kind, spec: _spec, ...rest } = shape;
    const spec = (formSchemaOf(shape.spec) as JsonSchema).properties ?? {};
    const expected = [...Object.keys(rest), ...Object.keys(spec).map((name) => `spec.${name}`)];
    const placed = sectionsOf(kind, kinds[kind] ?? []).flatMap(({ fields }) => fields.map(({ path }) => path));
    expect(placed.sort()).toEqual(expected.sort());
  }
});

test('a field that is new in the schema appears in the form', () => {
  const [train] = JobRequest.options;
  const { left } = train.shape.spec.unwrap().def;
  const spec = (left as z.ZodObject).extend({
    warmupSteps: z.int().min(0).default(0).describe('Steps at a lower rate.'),
  });
  const request = z.union([train.extend({ spec: spec.prefault({}) })]);
  const sections = sectionsOf('train', fieldsOfKinds(formSchemaOf(request) as JsonSchema).train ?? []);
  expect(sections.at(-1)).toMatchObject({
    title: 'More',
    fields: [{ path: 'spec.warmupSteps', label: 'Warmup steps', hint: 'Steps at a lower rate.', initial: '0' }],
  });
});

test('types, limits, defaults and help come from the schema', () => {
  const train = kinds.train ?? [];
  expect(at(train, 'spec.epochs')).toMatchObject({
    type: 'number',
    isWhole: true,
    initial: '20',
    hint: 'Passes over the training split.',
  });
  expect(limitsOf(at(train, 'spec.epochs') as never)).toBe('1 to 1,000');
  expect(limitsOf(at(train, 'spec.optimizer.learningRate') as never)).toBe('above 0');
  expect(limitsOf(at(train, 'spec.optimizer.momentum') as never)).toBe('at least 0, below 1');
  expect(limitsOf(at(train, 'spec.validationSize') as never)).toBe('at least 1');
  expect(at(train, 'spec.trainSize')).toMatchObject({ type: 'number', words: ['all'], initial: 'all' });
  expect(at(train, 'spec.head')).toMatchObject({ type: 'choice', options: ['tanh', 'linear'], initial: 'tanh' });
  expect(at(train, 'spec.maxSeconds')).toMatchObject({ type: 'number', isNullable: true, initial: '' });
  expect(at(train, 'name')).toMatchObject({ type: 'text', isNullable: true });
  expect(at(train, 'tags')).toMatchObject({ type: 'list', initial: '' });
});

test('objects that may be null are switches, those that may be left out for their defaults are not', () => {
  const train = kinds.train ?? [];
  expect(at(train, 'spec.earlyStopping')).toMatchObject({ type: 'group', isSwitch: true, initial: 'off' });
  expect(at(train, 'spec.checkpoint')).toMatchObject({ type: 'group', isSwitch: false, isReference: false });
  expect(at(train, 'spec.from')).toMatchObject({ isSwitch: true, isReference: true });
  expect(at(kinds.eval ?? [], 'spec.checkpoint')).toMatchObject({
    isSwitch: false,
    isReference: true,
    isRequired: true,
  });
  expect(at(kinds.eval ?? [], 'spec.checkpoint.epoch')).toMatchObject({ words: ['best', 'last'], initial: 'best' });
});

test('of objects told apart by a member, one is chosen and its fields are seen', () => {
  const fields = fieldsOf({
    optimizer: z
      .discriminatedUnion('type', [
        z.strictObject({ type: z.literal('sgd'), learningRate: z.number().default(0.1) }),
        z.strictObject({
          type: z.literal('adam'),
          learningRate: z.number().default(0.001),
          beta1: z.number().default(0.9),
        }),
      ])
      .prefault({ type: 'sgd' }),
  });
  expect(at(fields, 'spec.optimizer')).toMatchObject({ type: 'variant', by: 'type', initial: 'sgd' });
  expect(at(fields, 'spec.optimizer.learningRate').initial).toBe('0.1');
  const draft = { 'spec.optimizer': 'adam' };
  expect(at(fields, 'spec.optimizer.learningRate', draft).initial).toBe('0.001');
  expect(at(fields, 'spec.optimizer.beta1', draft).initial).toBe('0.9');
});

test('the optimizer is one of those that the API takes, at first the one that it takes for granted', () => {
  const train = kinds.train ?? [];
  const { initial, options } = at(train, 'spec.optimizer') as VariantField;
  expect(initial).toBe('sgd');
  expect(Object.entries(options).map(([type, fields]) => [type, fields.map(({ name }) => name)])).toEqual([
    ['sgd', ['learningRate', 'momentum', 'nesterov', 'weightDecay']],
    ['adam', ['learningRate', 'beta1', 'beta2', 'epsilon', 'weightDecay']],
  ]);
  expect(at(train, 'spec.optimizer.epsilon', { 'spec.optimizer': 'adam' }).initial).toBe('1e-8');
});

test('what fits no control is asked for as JSON', () => {
  const fields = fieldsOf({ sizes: z.array(z.array(z.int())).default([[1]]), shuffle: z.boolean().default(true) });
  expect(at(fields, 'spec.sizes')).toMatchObject({ type: 'json' });
  expect(at(fields, 'spec.shuffle')).toMatchObject({ type: 'flag', initial: 'true' });
});
