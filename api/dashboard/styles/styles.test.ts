/** What holds for all style sheets. A page's stays loaded when another page is shown, so its classes must be its own. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const PAGES = readdirSync(join(ROOT, 'pages'));

const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
  .filter((path) => /(?<!\.test)\.(css|html|tsx?)$/.test(path))
  .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '') }));
const sheets = files.filter(({ path }) => path.endsWith('.css'));
const code = files.filter(({ path }) => !path.endsWith('.css'));
const isOf = (page: string) => (file: { path: string }) => file.path.startsWith(join('pages', page, '/'));

const selectorsOf = ({ text }: { text: string }) =>
  [...text.matchAll(/([^{}]+)\{/g)].flatMap(([, list = '']) => (/^\s*@/.test(list) ? [] : list.split(/,(?![^(]*\))/)));
const classesIn = (selector: string) => [...selector.matchAll(/\.([a-z][\w-]*)/g)].map(([, name = '']) => name);
/** Of what a rule looks for first: it holds for all that has this class, wherever that is. */
const rootClasses = (selector: string) => classesIn(selector.trim().split(/[\s>+~]/)[0] ?? '');

test('colours are written in tokens.css alone', () => {
  const others = sheets.filter(({ path }) => path !== join('styles', 'tokens.css'));
  expect(others.flatMap(({ text }) => text.match(/#[\da-f]{3,8}\b|\b(rgb|hsl|oklch|light-dark)\(.*/gi) ?? [])).toEqual(
    [],
  );
});

test('every class that is styled is the class of something', () => {
  const all = code.map(({ text }) => text).join('\n');
  const isUsed = (name: string) => name.startsWith('u-') || new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(all);
  expect(
    sheets
      .flatMap(selectorsOf)
      .flatMap(classesIn)
      .filter((name) => !isUsed(name)),
  ).toEqual([]);
});

test.each(PAGES)('no other page has the classes that page %s styles', (page) => {
  const general = new Set(
    sheets
      .filter(({ path }) => !path.startsWith('pages'))
      .flatMap(selectorsOf)
      .flatMap(classesIn),
  );
  const own = new Set(sheets.filter(isOf(page)).flatMap(selectorsOf).flatMap(rootClasses));
  const others = code.filter((file) => PAGES.some((other) => other !== page && isOf(other)(file)));
  const used = others.flatMap(({ path, text }) =>
    [...text.matchAll(/\bclass="([^"]*)"/g)].flatMap(([, names = '']) =>
      names.split(' ').map((name) => ({ name, path })),
    ),
  );
  expect(used.filter(({ name }) => own.has(name) && !general.has(name))).toEqual([]);
});
