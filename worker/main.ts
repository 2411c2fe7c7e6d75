/** Entry of the worker process. */
import { runMain } from '../shared/process.ts';
import { runWorkerProcess } from './worker-process.ts';

runMain(() => runWorkerProcess(process.env));
