import { ENGINES_EVERYWHERE } from '../engines/testing/engines-here.ts';
import { pairsOf, testAcross } from './testing/across-engines.ts';

testAcross(pairsOf(ENGINES_EVERYWHERE));
