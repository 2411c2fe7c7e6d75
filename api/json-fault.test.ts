import { describe, expect, it } from 'vitest';
import { findJsonFault } from './json-fault.ts';

const VALID = [
  'null',
  ' {} ',
  '[]',
  '[1, -0.5e+3, 2E1]',
  '{"a": {"b": [true, false, null, "\\u00e9\\n"]}}',
  '"\u2028"',
  '-0',
];
const BROKEN: [string, number, number, string][] = [
  ['', 1, 1, 'the end'],
  ['{"kind": "train"', 1, 17, 'the end'],
  ['{"kind": "train",}', 1, 18, '"}"'],
  ['{"a": 1,\n "b": x}', 2, 7, '"x"'],
  ['[1, 2,]', 1, 7, '"]"'],
  ['{"a" 1}', 1, 6, '"1"'],
  ["{'a': 1}", 1, 2, `"'"`],
  ['[1] 2', 1, 5, '"2"'],
  ['[01]', 1, 3, '"1"'],
  ['[.5]', 1, 2, '"."'],
  ['[NaN]', 1, 2, '"N"'],
  ['"\n"', 1, 1, '"\\""'],
  ['"\\x"', 1, 1, '"\\""'],
  ['{"a": 1]', 1, 8, '"]"'],
  [']', 1, 1, '"]"'],
];

describe('the place where a text stops being JSON', () => {
  it.each(VALID)('is nowhere in %j', (text) => {
    expect(() => JSON.parse(text)).not.toThrow();
    expect(findJsonFault(text)).toBeNull();
  });

  it.each(BROKEN)('is found in %j', (text, line, column, found) => {
    expect(() => JSON.parse(text)).toThrow();
    expect(findJsonFault(text)).toEqual({ line, column, found });
  });

  it('is found in a megabyte of brackets, without a stack of that depth', () => {
    expect(findJsonFault('['.repeat(1_000_000))?.column).toBe(1_000_001);
    expect(findJsonFault(`"${'\\\\'.repeat(400_000)}`)).not.toBeNull();
  });

  it('agrees with JSON.parse on every way to cut or spoil a text', () => {
    const text = '{"a": [1.5e3, "x\\"y", true, null], "b": {"c": -0}}';
    for (let i = 0; i <= text.length; i += 1) {
      for (const spoiled of [
        text.slice(0, i),
        text.slice(i),
        `${text.slice(0, i)},${text.slice(i)}`,
        `${text.slice(0, i)}${text.slice(i + 1)}`,
      ]) {
        expect([spoiled, findJsonFault(spoiled) === null]).toEqual([spoiled, parses(spoiled)]);
      }
    }
  });
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
