import { expect, test } from 'vitest';
import { z } from 'zod';
import { JobRequest } from '../../../../shared/jobs.ts';
import { formSchemaOf } from '../../build/job-schema.ts';
import { fieldsOfKinds, type JsonSchema } from './fields.ts';
import { bodyOf, carriedOver, draftOf, isBeingFilledIn } from './values.ts';

const kinds = fieldsOfKinds(formSchemaOf(JobRequest) as JsonSchema);
const train = kinds.train ?? [];
const evaluate = kinds.eval ?? [];
const trainBody = (draft: Record<string, string>) => bodyOf('train', train, draft);

test('the form as it opens is the reference run, and an evaluation lacks its checkpoint', () => {
  expect(trainBody({})).toEqual({ kind: 'train' });
  expect(bodyOf('eval', evaluate, {})).toEqual({ kind: 'eval', spec: { checkpoint: {} } });
});

test('what is filled in as the API has it anyway is not sent', () => {
  expect(trainBody({ 'spec.epochs': '20', 'spec.head': 'tanh', name: '' })).toEqual({ kind: 'train' });
});

test('each control gives what the schema asks for', () => {
  const body = trainBody({
    name: ' wide ',
    tags: 'a, b  c,',
    priority: '-3',
    'spec.trainSize': '4000',
    'spec.head': 'linear',
    'spec.optimizer.learningRate': '5e-2',
    'spec.earlyStopping': 'on',
    'spec.earlyStopping.patience': '2',
    'spec.maxSeconds': '1.5',
  });
  expect(body).toEqual({
    kind: 'train',
    name: 'wide',
    tags: ['a', 'b', 'c'],
    priority: -3,
    spec: {
      trainSize: 4000,
      head: 'linear',
      optimizer: { type: 'sgd', learningRate: 0.05 },
      earlyStopping: { patience: 2 },
      maxSeconds: 1.5,
    },
  });
  expect(JobRequest.safeParse(body).success).toBe(true);
});

test('what is no number is sent as it is, for the API to say so', () => {
  expect(trainBody({ 'spec.epochs': 'many', 'spec.seed': '', 'spec.batchSize': '1e999' })).toEqual({
    kind: 'train',
    spec: { epochs: 'many', seed: '', batchSize: '1e999' },
  });
});

test('a number that is empty and not yet left is being filled in, one that may be left empty is not', () => {
  const isIn = (draft: Record<string, string>, ...touched: string[]) => isBeingFilledIn(train, draft, new Set(touched));
  expect(isIn({})).toBe(false);
  expect(isIn({ 'spec.trainSize': '' })).toBe(true);
  expect(isIn({ 'spec.trainSize': '' }, 'spec.epochs')).toBe(true);
  expect(isIn({ 'spec.trainSize': '' }, 'spec.trainSize')).toBe(false);
  expect(isIn({ 'spec.trainSize': '4' })).toBe(false);
  expect(isIn({ 'spec.optimizer.learningRate': ' ' })).toBe(true);
  expect(isIn({ 'spec.maxSeconds': '', name: '' })).toBe(false);
});

test('what is switched on is sent even when it is empty, and off again it is not', () => {
  const draft = { 'spec.earlyStopping': 'on' };
  expect(trainBody(draft)).toEqual({ kind: 'train', spec: { earlyStopping: {} } });
  expect(trainBody({ 'spec.earlyStopping': 'off', 'spec.earlyStopping.patience': '2' })).toEqual({ kind: 'train' });
});

test('a chosen alternative is named together with its fields', () => {
  const spec = z.strictObject({
    optimizer: z
      .discriminatedUnion('type', [
        z.strictObject({ type: z.literal('sgd'), learningRate: z.number().default(0.1) }),
        z.strictObject({ type: z.literal('adam'), beta1: z.number().default(0.9) }),
      ])
      .prefault({ type: 'sgd' }),
  });
  const request = z.union([z.strictObject({ kind: z.literal('train'), spec: spec.prefault({}) })]);
  const fields = fieldsOfKinds(formSchemaOf(request) as JsonSchema).train ?? [];
  const specFor = (draft: Record<string, string>) => bodyOf('train', fields, draft).spec;
  expect(specFor({})).toBe(undefined);
  expect(specFor({ 'spec.optimizer.learningRate': '1' })).toEqual({ optimizer: { type: 'sgd', learningRate: 1 } });
  expect(specFor({ 'spec.optimizer': 'adam' })).toEqual({ optimizer: { type: 'adam' } });
  const sent = { kind: 'train', spec: { optimizer: { type: 'adam', beta1: 0.5 } } };
  expect(bodyOf('train', fields, draftOf(fields, sent))).toEqual(sent);
});

test('a body that is filled in and sent again is the same one', () => {
  const bodies = [
    { kind: 'train', name: 'x', tags: ['a', 'b'], spec: { epochs: 3, earlyStopping: { patience: 2, minDelta: 0.1 } } },
    { kind: 'train', spec: { from: { jobId: 'j00000000000000000000', epoch: 4 }, checkpoint: { keepLast: 1 } } },
    {
      kind: 'eval',
      priority: 2,
      spec: { checkpoint: { jobId: 'j00000000000000000000', epoch: 'last' }, split: 'train' },
    },
  ];
  for (const body of bodies) {
    const fields = kinds[body.kind] ?? [];
    expect(bodyOf(body.kind, fields, draftOf(fields, body))).toEqual(body);
  }
});

test('of a settled spec only what is not the default is filled in', () => {
  const settled = JobRequest.parse({ kind: 'train', spec: { epochs: 3 } });
  expect(draftOf(train, settled)).toEqual({ 'spec.epochs': '3' });
});

test('name, tags and priority stay when the kind changes', () => {
  const from = { name: 'a', 'spec.batchSize': '8' };
  expect(carriedOver(from, { name: 'b', 'spec.split': 'train' })).toEqual({ name: 'a', 'spec.split': 'train' });
});
