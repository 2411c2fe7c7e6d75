import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { HttpError } from '../shared/errors.ts';
import { JobRequest } from '../shared/jobs.ts';
import { ListQuery } from './handlers/jobs.ts';
import { faultsOf, fieldPath, shown, validate } from './validation.ts';

const faultsIn = (spec: object) => faultsOf(JobRequest, { kind: 'train', spec });
const allowedIn = (spec: object) => Object.fromEntries(faultsIn(spec).map(({ field, allowed }) => [field, allowed]));

/** That many unknown fields. */
const fields = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, i]));

describe('a job request', () => {
  // zod makes code of a schema that it meets for the first time
  it('is checked by schemas that are there already: making one takes longer than a hundred checks', () => {
    const check = () => validate(JobRequest, { kind: 'train', spec: { trainSize: 256 } }, 'the body');
    check();
    const compile = vi.spyOn(globalThis, 'Function');
    check();
    expect(compile).not.toHaveBeenCalled();
    compile.mockRestore();
  });

  it('is the reference run when only its kind is given', () => {
    const { spec, name, tags, priority } = validate(JobRequest, { kind: 'train' }, 'the body');
    expect({ name, tags, priority }).toEqual({ name: null, tags: [], priority: 0 });
    expect(spec).toEqual({
      model: 'lenet5',
      dataset: 'mnist',
      resize: 'bilinear',
      validationSize: 5000,
      trainSize: 'all',
      epochs: 20,
      batchSize: 16,
      optimizer: { type: 'sgd', learningRate: 0.001, momentum: 0, nesterov: false, weightDecay: 0 },
      head: 'tanh',
      seed: 0,
      checkpoint: { everyEpochs: 1, keepLast: 3 },
      from: null,
      earlyStopping: null,
      maxSeconds: null,
      engine: 'auto',
    });
  });

  it.each([
    [{ epochs: 0 }, 'spec.epochs', 'a whole number from 1 to 1000'],
    [{ epochs: 1001 }, 'spec.epochs', 'a whole number from 1 to 1000'],
    [{ epochs: 1.5 }, 'spec.epochs', 'a whole number from 1 to 1000'],
    [{ epochs: '20' }, 'spec.epochs', 'a whole number from 1 to 1000'],
    [{ epochs: null }, 'spec.epochs', 'a whole number from 1 to 1000'],
    [{ batchSize: 1025 }, 'spec.batchSize', 'a whole number from 1 to 1024'],
    [{ seed: -1 }, 'spec.seed', 'a whole number from 0 to 4294967295'],
    [{ seed: 2 ** 32 }, 'spec.seed', 'a whole number from 0 to 4294967295'],
    [{ head: 'relu' }, 'spec.head', 'tanh or linear'],
    [{ model: 'vgg' }, 'spec.model', 'lenet5'],
    [{ engine: 'cuda' }, 'spec.engine', 'auto, simd, tensorflow, or wasm'],
    [{ trainSize: 'some' }, 'spec.trainSize', 'all, or a whole number of at least 1'],
    [{ trainSize: 0 }, 'spec.trainSize', 'all, or a whole number of at least 1'],
    [{ maxSeconds: 0 }, 'spec.maxSeconds', 'a number above 0 and at most 2147483, or null'],
    [{ checkpoint: { keepLast: 0 } }, 'spec.checkpoint.keepLast', 'a whole number from 1 to 1000'],
    [{ optimizer: { type: 'rmsprop' } }, 'spec.optimizer.type', 'sgd or adam'],
    [
      { optimizer: { type: 'sgd', learningRate: 0 } },
      'spec.optimizer.learningRate',
      'a number above 0 and at most 3.4e+38',
    ],
    [
      { optimizer: { beta1: 0.9 } },
      'spec.optimizer.beta1',
      'no such field; allowed here: type, learningRate, momentum, nesterov, weightDecay',
    ],
    [
      { optimizer: { type: 'adam', momentum: 0.9 } },
      'spec.optimizer.momentum',
      'no such field; allowed here: type, learningRate, beta1, beta2, epsilon, weightDecay',
    ],
    [{ optimizer: { momentum: 1 } }, 'spec.optimizer.momentum', 'a number of at least 0 and below 1'],
    [{ optimizer: { type: 'adam', beta2: 1 } }, 'spec.optimizer.beta2', 'a number of at least 0 and below 1'],
    ...[0, 1e-46].map((epsilon): [object, string, string] => [
      { optimizer: { type: 'adam', epsilon } },
      'spec.optimizer.epsilon',
      'a number from 1.2e-38 to 3.4e+38',
    ]),
    [{ optimizer: { nesterov: true } }, 'spec.optimizer.nesterov', 'false, or true with a momentum above 0'],
    [{ checkpoint: { every: 1 } }, 'spec.checkpoint.every', 'no such field; allowed here: everyEpochs, keepLast'],
  ])('with spec %j is told what is allowed', (spec, field, allowed) => {
    expect(allowedIn(spec)).toEqual({ [field]: allowed });
  });

  it('may not ask for Nesterov without a momentum, whatever else is wrong with it', () => {
    expect(faultsIn({ optimizer: { nesterov: true, momentum: 0.9 } })).toEqual([]);
    expect(Object.keys(allowedIn({ epochs: 0, optimizer: { nesterov: true, weightDecay: -1, x: 1 } })).sort()).toEqual([
      'spec.epochs',
      'spec.optimizer.nesterov',
      'spec.optimizer.weightDecay',
      'spec.optimizer.x',
    ]);
    expect(Object.keys(allowedIn({ optimizer: { nesterov: true, momentum: 'much' } }))).toEqual([
      'spec.optimizer.momentum',
    ]);
  });

  it('may not leave the training split empty, whatever else is wrong with it', () => {
    const tooMany = 'a whole number from 1 to 59999';
    expect(allowedIn({ validationSize: 60_000 })['spec.validationSize']).toContain(tooMany);
    expect(allowedIn({ validationSize: 59_999, trainSize: 2 })['spec.trainSize']).toMatch(
      /^all, or a whole number from 1 to 1: /,
    );
    expect(faultsIn({ validationSize: 59_999, trainSize: 1 })).toEqual([]);
    // each kind of fault that makes zod skip a refinement
    for (const fault of [{ epochs: 1.5 }, { epochs: 0 }, { nonsense: 1 }, { head: 'relu' }, { optimizer: 7 }]) {
      expect(Object.keys(allowedIn({ validationSize: 60_000, ...fault })).sort()).toEqual(
        ['spec.validationSize', `spec.${Object.keys(fault)[0]}`].sort(),
      );
    }
    expect(Object.keys(allowedIn({ validationSize: 60_000, trainSize: 'x' }))).toEqual(
      expect.arrayContaining(['spec.validationSize', 'spec.trainSize']),
    );
  });

  it('is told of every faulty field at once, behind a missing kind too', () => {
    const faults = faultsOf(JobRequest, {
      spec: { epochs: 0, optimizer: { type: 'adam', learningRate: -1 }, head: 'relu' },
      tags: ['fine', '', 3],
      priority: 11,
      name: '  ',
      speling: 1,
    });
    expect(faults.map(({ field, value }) => [field, value])).toEqual(
      expect.arrayContaining([
        ['kind', undefined],
        ['spec.epochs', 0],
        ['spec.optimizer.learningRate', -1],
        ['spec.head', 'relu'],
        ['tags[1]', ''],
        ['tags[2]', 3],
        ['priority', 11],
        ['name', '  '],
        ['speling', 1],
      ]),
    );
    expect(faults).toHaveLength(9);
  });

  it.each([[null], [[]], ['train'], [7], [true]])('that is %j and no object is told so', (body) => {
    expect(faultsOf(JobRequest, body)).toEqual([
      { field: '(all)', value: body, allowed: 'an object with kind, spec, name, tags, priority' },
    ]);
  });

  it('may not carry a __proto__, and does not let one through', () => {
    const body = JSON.parse('{"kind": "train", "__proto__": {"priority": 5}, "spec": {"__proto__": {"epochs": 5}}}');
    expect(faultsOf(JobRequest, body).map(({ field }) => field)).toEqual(
      expect.arrayContaining(['__proto__', 'spec.__proto__']),
    );
    expect(faultsOf(JobRequest, { kind: 'train', constructor: 1 })[0]?.field).toBe('constructor');
  });

  it('means SGD by an optimizer without a type', () => {
    const { spec } = JobRequest.parse({ kind: 'train', spec: { optimizer: { learningRate: 0.01 } } });
    expect(spec).toMatchObject({ optimizer: { type: 'sgd', learningRate: 0.01 } });
  });

  it.each([
    ['\ud800x', 'half a surrogate pair'],
    ['a\u0000b', 'NUL'],
    ['a\nb', 'a line break'],
    ['x'.repeat(201), '201 characters'],
    ['\u200b \u2060', 'nothing to be seen'],
  ])('refuses the name %j: %s', (name) => {
    expect(faultsOf(JobRequest, { kind: 'train', name })).toMatchObject([{ field: 'name' }]);
  });

  it('with a flood of fields is refused before zod counts them', () => {
    const refuse = () => validate(JobRequest, { kind: 'train', spec: fields(101) }, 'the body');
    expect(refuse).toThrow('the body cannot be used, because of: spec');
    const inNothing = () => validate(JobRequest, { kind: 'x', spec: { optimizer: fields(70_000) } }, 'the body');
    expect(inNothing).toThrow('because of: spec.optimizer');
  });

  it('is refused with 422 that names the fields, and lists a hundred faults at most', () => {
    const body = { kind: 'train', ...fields(90), spec: fields(80) };
    const refuse = () => validate(JobRequest, body, 'the body');
    expect(refuse).toThrow(HttpError);
    try {
      refuse();
    } catch (error) {
      const { status, code, message, faults } = error as HttpError;
      expect({ status, code }).toEqual({ status: 422, code: 'validation-failed' });
      expect(message).toBe(
        'the body cannot be used, because of: spec.f0, spec.f1, spec.f2, spec.f3, spec.f4 and 165 more',
      );
      expect(faults).toHaveLength(100);
    }
  });
});

describe('the query of the list', () => {
  it.each(['0', '201', '-1', '1.5', '1e2', '', ' 5', 'ten', '9'.repeat(400)])('refuses limit=%j', (limit) => {
    expect(faultsOf(ListQuery, { limit })).toMatchObject([{ field: 'limit', allowed: 'a whole number from 1 to 200' }]);
  });

  it('reads limits, and has one by default', () => {
    expect(validate(ListQuery, { limit: '200' }, 'the query').limit).toBe(200);
    expect(validate(ListQuery, {}, 'the query').limit).toBe(50);
  });

  it('is told where none is allowed', () => {
    expect(faultsOf(z.strictObject({}), { x: '1' })).toEqual([
      { field: 'x', value: '1', allowed: 'no such field; allowed here: none' },
    ]);
  });

  it('refuses what is given twice, unknown, or no cursor of ours', () => {
    const faults = faultsOf(ListQuery, { state: ['active', 'failed'], offset: '5', cursor: 'abc', kind: 'x' });
    expect(Object.fromEntries(faults.map(({ field, allowed }) => [field, allowed]))).toEqual({
      state: 'waiting, delayed, active, completed, failed, or cancelled',
      offset: 'no such field; allowed here: state, kind, tag, name, limit, cursor',
      cursor: 'the nextCursor of the page before',
      kind: 'train or eval',
    });
  });
});

describe('a fault', () => {
  it('shortens what is long, deep or endless', () => {
    expect(shown('x'.repeat(101))).toBe(`${'x'.repeat(100)}… (101 characters)`);
    expect(shown(Number.POSITIVE_INFINITY)).toBe('Infinity');
    expect(shown([[[[1]]]])).toEqual([[['a list of 1 items']]]);
    expect(shown({ a: new Array(11).fill(0) })).toEqual({ a: 'a list of 11 items' });
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i += 1) deep = { deep };
    expect(JSON.stringify(shown(deep)).length).toBeLessThan(200);
  });

  it('names fields as one would write them', () => {
    expect(fieldPath(['spec', 'optimizer', 'learningRate'])).toBe('spec.optimizer.learningRate');
    expect(fieldPath(['tags', 2])).toBe('tags[2]');
    expect(fieldPath(['spec', 'a b'])).toBe('spec["a b"]');
  });

  it('of an object that might have been a list is one of the object, and the other way round', () => {
    const OneOrMany = z.union([JobRequest, z.array(z.unknown()).min(1).max(2)]);
    const spec = { epochs: 0, optimizer: { type: 'rmsprop' } };
    expect(faultsOf(OneOrMany, { spec }).map(({ field }) => field)).toEqual(
      expect.arrayContaining(['kind', 'spec.epochs', 'spec.optimizer.type']),
    );
    expect(
      faultsOf(OneOrMany, { kind: 'train', spec: { epochs: 0 }, tags: [''] }).map(({ allowed }) => allowed),
    ).toEqual(['a whole number from 1 to 1000', '1 to 64 letters, digits and . _ = / - with a letter or digit first']);
    expect(faultsOf(OneOrMany, [1, 2, 3])).toMatchObject([
      { field: '(all)', allowed: expect.stringContaining('1 to 2 items') },
    ]);
    expect(faultsOf(OneOrMany, 7)).toMatchObject([
      { field: '(all)', allowed: expect.stringMatching(/^an object with kind, .* or a list of 1 to 2 items/) },
    ]);
  });

  it('is described for schemas of alternatives by the alternative that was meant', () => {
    const Shape = z.discriminatedUnion('type', [
      z.strictObject({ type: z.literal('a'), size: z.int().max(5) }),
      z.strictObject({ type: z.literal('b'), size: z.int().max(9), on: z.boolean() }),
    ]);
    expect(faultsOf(Shape, { type: 'b', size: 10, on: 'yes' }).map(({ allowed }) => allowed)).toEqual([
      'a whole number at most 9',
      'true or false',
    ]);
    expect(faultsOf(Shape, { type: 'c', size: 10 })).toEqual([{ field: 'type', value: 'c', allowed: 'a or b' }]);
  });
});
