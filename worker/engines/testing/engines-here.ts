/** The engines that can be tested on this machine: `tensorflow` only where it is set up, which `npm test` finds out. */
import { ENGINE_NAMES, type EngineName } from '../../../shared/jobs.ts';

export const HAS_TENSORFLOW = Boolean(process.env.TRAINYARD_TEST_TENSORFLOW);

export const ENGINES_HERE: EngineName[] = ENGINE_NAMES.filter((name) => name !== 'tensorflow' || HAS_TENSORFLOW);
