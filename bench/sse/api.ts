/** The API's own main, which also says what memory it takes, after a garbage collection, when its parent asks. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import '../../api/main.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

process.on('message', () => {
  const { rss: uncollected } = process.memoryUsage();
  collect();
  process.send?.({ type: 'memory', uncollected, ...process.memoryUsage() });
});
