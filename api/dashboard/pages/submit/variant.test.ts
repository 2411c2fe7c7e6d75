import { expect, test } from 'vitest';
import { JobRequest } from '../../../../shared/jobs.ts';
import { formSchemaOf } from '../../build/job-schema.ts';
import { fieldsOfKinds, type JsonSchema } from './fields.ts';
import { draftOf } from './values.ts';
import { differences, variantName } from './variant.ts';

const fields = fieldsOfKinds(formSchemaOf(JobRequest) as JsonSchema).train ?? [];

test('a variant says so in its name, and a variant of one which it is', () => {
  expect(variantName('wide')).toBe('wide variant');
  expect(variantName('wide variant')).toBe('wide variant 2');
  expect(variantName('wide variant 2')).toBe('wide variant 3');
  expect(variantName('a'.repeat(200))).toHaveLength(200);
  expect(variantName(`a${'😀'.repeat(199)}`)).toBe(`a${'😀'.repeat(191)} variant`);
  expect(variantName(null)).toBe(null);
});

test('what differs from the other job says what it was there', () => {
  const origin = draftOf(fields, { name: 'a', spec: { epochs: 3, optimizer: { learningRate: 0.05 }, head: 'linear' } });
  const changed = (draft: Record<string, string>) =>
    Object.fromEntries(differences(fields, { ...origin, ...draft }, origin));
  expect(changed({ name: 'b', 'spec.optimizer.learningRate': '5e-2' })).toEqual({});
  expect(changed({ 'spec.optimizer.learningRate': '0.1', 'spec.head': 'tanh', 'spec.maxSeconds': '9' })).toEqual({
    'spec.optimizer.learningRate': 'was 0.05',
    'spec.head': 'was linear',
    'spec.maxSeconds': 'was empty',
  });
});

test('of what is switched on, only the switch differs', () => {
  const draft = { 'spec.earlyStopping': 'on', 'spec.earlyStopping.patience': '2' };
  expect(Object.fromEntries(differences(fields, draft, {}))).toEqual({ 'spec.earlyStopping': 'was off' });
});
