/** Where the package lies: compiled code runs in dist/, data files stay beside their sources. */
import { fileURLToPath } from 'node:url';

/** Absolute path of a file given by its path in the repository. */
export function packageFile(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
