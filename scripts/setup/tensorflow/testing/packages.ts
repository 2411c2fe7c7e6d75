/** tfjs-node-gpu and what its binding is compiled with, in the checkout of a test. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageFile } from '../../../../shared/package-root.ts';
import { packageFolder } from '../places.mjs';

/** The sources of the binding as published; not there where optional packages are left out. */
export const PUBLISHED = join(packageFolder(packageFile('.')), 'binding');

/** As npm installs them, without what is in them. */
export function installPackages(root: string): void {
  mkdirSync(packageFolder(root), { recursive: true });
  mkdirSync(join(root, 'node_modules', 'node-api-headers'), { recursive: true });
}
