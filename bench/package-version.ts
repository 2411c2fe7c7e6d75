import { readFileSync } from 'node:fs';
import { packageFile } from '../shared/package-root.ts';

/** The version that is installed. */
export function versionOfPackage(name: string): string {
  return JSON.parse(readFileSync(packageFile(`node_modules/${name}/package.json`), 'utf8')).version;
}
