/** The engines that can be tested: `tensorflow` only where it is set up, which `npm test` finds out for tests that have it in their names. */
import { ENGINE_NAMES, type EngineName } from '../../../shared/jobs.ts';

export const HAS_TENSORFLOW = Boolean(process.env.TRAINYARD_TEST_TENSORFLOW);

/** Those that are there on every machine. */
export const ENGINES_EVERYWHERE: EngineName[] = ENGINE_NAMES.filter((name) => name !== 'tensorflow');
