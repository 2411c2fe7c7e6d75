/** Which files of the repository reach the builder of an image. */
import { readFileSync } from 'node:fs';
import { packageFile } from '../../shared/package-root.ts';

/** By .dockerignore's rules as far as ours needs them: the last pattern that matches decides, `!` takes in again. */
export function reachesBuilder(path: string): boolean {
  const lines = readFileSync(packageFile('.dockerignore'), 'utf8').split('\n');
  let ignored = false;
  for (const line of lines.filter((text) => text !== '' && !text.startsWith('#'))) {
    const takesIn = line.startsWith('!');
    if (toPattern(takesIn ? line.slice(1) : line).test(path)) ignored = !takesIn;
  }
  return !ignored;
}

/** `*` within a folder, `**` for folders; what lies below a match matches too. */
function toPattern(glob: string): RegExp {
  const escaped = glob.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  const body = escaped.replace(/\*\*\/|\*/g, (stars) => (stars === '*' ? '[^/]*' : '(?:.*/)?'));
  return new RegExp(`^${body}(?:/.*)?$`);
}
