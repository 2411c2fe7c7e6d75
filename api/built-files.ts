/** What Vite has built, read once, at the first request, so that a build beside a running API never mixes two builds. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { gzipSync } from 'node:zlib';
import { HttpError } from '../shared/errors.ts';
import { packageFile } from '../shared/package-root.ts';

const BUILT = packageFile('dist/api/dashboard-assets');

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

export interface BuiltFile {
  type: string;
  bytes: Buffer;
  gzip: Buffer;
  sha256: string;
}

export interface BuiltFiles {
  /** @throws HttpError if nothing is built */
  at(path: string): BuiltFile | undefined;
}

/** @param folder where Vite has put its output */
export function createBuiltFiles(folder = BUILT): BuiltFiles {
  let files: Map<string, BuiltFile> | null = null;
  return {
    at(path) {
      files ??= existsSync(join(folder, 'index.html')) ? readBuilt(folder) : null;
      if (files === null) {
        throw new HttpError(503, 'dashboard-not-built', 'the dashboard is not built here: `npm run build` makes it');
      }
      return files.get(path);
    },
  };
}

function readBuilt(folder: string): Map<string, BuiltFile> {
  const files = new Map<string, BuiltFile>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = readFileSync(path);
    const sha256 = createHash('sha256').update(bytes).digest('base64url');
    files.set(`/${relative(folder, path).split(sep).join('/')}`, { type, bytes, gzip: gzipSync(bytes), sha256 });
  }
  return files;
}
