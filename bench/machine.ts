/** The machine that is measured, as reports name it. */
import { availableParallelism, cpus } from 'node:os';
import { counted } from './figures.ts';

/** As in `AMD EPYC, 2 cores`. */
export const machine = `${cpus()[0]?.model.trim()}, ${counted(availableParallelism(), 'core')}`;
