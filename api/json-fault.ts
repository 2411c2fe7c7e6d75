/**
 * Where a text stops being JSON. V8 leaves the position out of many of its messages, and words them anew from
 * version to version; what a user is told should depend on neither.
 */
export interface JsonFault {
  /** From 1. */
  line: number;
  column: number;
  found: string;
}

const SPACE = /[ \t\n\r]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON strings hold none
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or end';

/** null if the text is JSON. */
export function findJsonFault(text: string): JsonFault | null {
  const open: ('{' | '[')[] = [];
  let expected: Expected = 'value';
  let at = 0;

  /** Moves on if the pattern matches here. */
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    if (!pattern.test(text)) return false;
    at = pattern.lastIndex;
    return true;
  };

  for (;;) {
    take(SPACE);
    if (at >= text.length) return expected === ', or end' && open.length === 0 ? null : faultAt(text, at);
    const character = text[at];
    if (expected === 'value' || expected === 'value or ]') {
      if (character === '{' || character === '[') {
        open.push(character);
        expected = character === '{' ? 'key or }' : 'value or ]';
        at += 1;
      } else if (character === ']' && expected === 'value or ]') {
        open.pop();
        expected = ', or end';
        at += 1;
      } else if (take(STRING) || take(SCALAR)) expected = ', or end';
      else return faultAt(text, at);
    } else if (expected === 'key' || expected === 'key or }') {
      if (character === '}' && expected === 'key or }') {
        open.pop();
        expected = ', or end';
        at += 1;
      } else if (take(STRING)) expected = ':';
      else return faultAt(text, at);
    } else if (expected === ':') {
      if (character !== ':') return faultAt(text, at);
      expected = 'value';
      at += 1;
    } else {
      const inside = open.at(-1);
      if (character === ',' && inside) expected = inside === '{' ? 'key' : 'value';
      else if (character === '}' && inside === '{') open.pop();
      else if (character === ']' && inside === '[') open.pop();
      else return faultAt(text, at);
      at += 1;
    }
  }
}

function faultAt(text: string, at: number): JsonFault {
  const before = text.slice(0, at).split('\n');
  const found = at >= text.length ? 'the end' : JSON.stringify(String.fromCodePoint(text.codePointAt(at) ?? 0));
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, found };
}
