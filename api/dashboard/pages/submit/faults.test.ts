import { expect, test } from 'vitest';
import type { FieldFault } from '../../../../shared/errors.ts';
import { placeFaults } from './faults.ts';

const paths = new Set(['tags', 'spec', 'spec.epochs', 'spec.optimizer', 'spec.earlyStopping.patience']);

function place(...errors: FieldFault[]) {
  const problem = { type: '', title: '', status: 422, code: 'validation-failed' as const, detail: 'cannot be used' };
  const { byPath, general } = placeFaults({ ...problem, errors }, paths);
  return { byPath: Object.fromEntries(byPath), general };
}

test('a fault stands at its field, in the words of the API', () => {
  const faults = place(
    { field: 'spec.epochs', value: 'many', allowed: 'a whole number from 1 to 1000' },
    { field: 'spec.earlyStopping.patience', allowed: 'required: a whole number from 1 to 1000' },
  );
  expect(faults.byPath).toEqual({
    'spec.epochs': 'Must be a whole number from 1 to 1000',
    'spec.earlyStopping.patience': 'Required: a whole number from 1 to 1000',
  });
});

test('one of a list says which item it is', () => {
  expect(place({ field: 'tags[2]', value: '!', allowed: '1 to 64 letters' }).byPath).toEqual({
    tags: '“!” must be 1 to 64 letters',
  });
});

test('one of a field that is not to be seen stands at the one that holds it, or on top', () => {
  const faults = place(
    { field: 'spec.optimizer.type', value: 'x', allowed: 'sgd' },
    { field: 'dryRun', value: 'x', allowed: 'true or false' },
  );
  expect(faults).toEqual({ byPath: { 'spec.optimizer': 'Must be sgd' }, general: ['dryRun: true or false'] });
});

test('a problem of no field stands on top', () => {
  expect(place()).toEqual({ byPath: {}, general: ['cannot be used'] });
});
