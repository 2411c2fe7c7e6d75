/** A job on the Compare page: itself, its epochs, and how it looks there. */
import type { ComparedJob } from '../../data/compared-jobs.ts';
import type { Look } from './series.ts';

export interface ShownJob extends ComparedJob {
  look: Look;
}
