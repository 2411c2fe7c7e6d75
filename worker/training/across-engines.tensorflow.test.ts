import { describe } from 'vitest';
import { ENGINE_NAMES } from '../../shared/jobs.ts';
import { HAS_TENSORFLOW } from '../engines/testing/engines-here.ts';
import { pairsOf, testAcross } from './testing/across-engines.ts';

describe.runIf(HAS_TENSORFLOW)('between TensorFlow and the others', () => {
  testAcross(pairsOf(ENGINE_NAMES).filter((pair) => Object.values(pair).includes('tensorflow')));
});
