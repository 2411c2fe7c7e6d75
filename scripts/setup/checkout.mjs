/** What every command does before its own work: packages installed, sources compiled. */
import { build } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { ROOT } from './root.mjs';
import { timed } from './say.mjs';

export async function prepareCheckout() {
  await ensureInstalled(ROOT);
  await timed('Building', () => build(ROOT));
}
