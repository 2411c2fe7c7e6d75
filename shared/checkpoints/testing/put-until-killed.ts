/**
 * A process that puts one checkpoint after another into a store until it is killed, and says before each put
 * which one it begins, after it which one is done. Arguments: the store's URL, the first epoch.
 */
import { openCheckpointStore } from '../open-store.ts';
import { SAMPLE_JOB, sampleFile } from './sample.ts';

const [url = '', firstEpoch = ''] = process.argv.slice(2);
const store = openCheckpointStore(url);
process.on('disconnect', () => process.exit());
for (let epoch = Number(firstEpoch); ; epoch++) {
  const { bytes, manifest } = sampleFile(epoch);
  process.send?.({ begins: manifest.name });
  await store.put(SAMPLE_JOB, manifest.name, bytes, manifest);
  process.send?.({ done: manifest.name });
}
