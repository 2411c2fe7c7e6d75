import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isInstalled } from './install.mjs';

const OTHER_PLATFORM = { version: '2.0.0', optional: true, os: [process.platform === 'linux' ? 'darwin' : 'linux'] };
const LOCKED = {
  '': { dependencies: { zod: '4.0.0' } },
  'node_modules/zod': { version: '4.0.0' },
  'node_modules/native': OTHER_PLATFORM,
};

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trainyard-install-'));
  mkdirSync(join(root, 'node_modules'));
  write('package.json', { dependencies: { zod: '4.0.0' } });
  write('package-lock.json', { packages: LOCKED });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, content: unknown): void {
  writeFileSync(join(root, path), JSON.stringify(content));
}

/** As npm leaves it at the end of an installation. */
function installed(packages: Record<string, unknown>): void {
  write('node_modules/.package-lock.json', { packages });
}

test('nothing installed, or an installation that was broken off', () => {
  expect(isInstalled(root)).toBe(false);
});

test('all that is locked is there, but for packages of other platforms', () => {
  installed({ 'node_modules/zod': { version: '4.0.0' } });
  expect(isInstalled(root)).toBe(true);
});

test('another version, a package missing, one too many', () => {
  installed({ 'node_modules/zod': { version: '3.9.0' } });
  expect(isInstalled(root)).toBe(false);
  installed({});
  expect(isInstalled(root)).toBe(false);
  installed({ 'node_modules/zod': { version: '4.0.0' }, 'node_modules/stray': { version: '1.0.0' } });
  expect(isInstalled(root)).toBe(false);
});

test('installed on another platform', () => {
  installed({ 'node_modules/zod': { version: '4.0.0' }, 'node_modules/native': OTHER_PLATFORM });
  expect(isInstalled(root)).toBe(false);
});

test('package.json asks for what package-lock.json does not know', () => {
  installed({ 'node_modules/zod': { version: '4.0.0' } });
  write('package.json', { dependencies: { zod: '4.0.0', pino: '10.0.0' } });
  expect(isInstalled(root)).toBe(false);
});
