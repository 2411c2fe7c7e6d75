/** `npm run key`: makes an API key. The key alone goes to standard output. */
import { runMain } from '../shared/process.ts';
import { makeKey } from './access/make-key.ts';

runMain(async () => {
  const { key, path } = makeKey(process.argv.slice(2), process.env);
  process.stderr.write(
    `Keep this key: it is shown once, and ${path} has only its hash. An API with API_KEYS_FILE=${path} takes it at once.\n`,
  );
  process.stdout.write(`${key}\n`);
});
