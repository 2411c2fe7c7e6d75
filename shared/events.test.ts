import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { MOVES } from './events.ts';
import { packageFile } from './package-root.ts';

const edgesOf = (moves: Record<string, readonly string[]>) =>
  Object.entries(moves).flatMap(([from, states]) => states.map((to) => `${from} → ${to}`));

it('the moves in the prose above them are those of the table', () => {
  const source = readFileSync(packageFile('shared/events.ts'), 'utf8');
  const told = [...source.matchAll(/^ \* {3}(\w+) +→ (\w+)/gm)].map(([, from, to]) => `${from} → ${to}`);
  expect(told.sort()).toEqual(edgesOf(MOVES).sort());
});

it('the drawing in the README shows the same', () => {
  const readme = readFileSync(packageFile('README.md'), 'utf8');
  const drawing = /stateDiagram-v2\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const drawn = [...drawing.matchAll(/^ +(\w+) --> (\w+)/gm)].map(([, from, to]) => `${from} → ${to}`);
  expect(drawn.sort()).toEqual(edgesOf(MOVES).sort());
});
