import { describe } from 'vitest';
import { HAS_TENSORFLOW } from '../engines/testing/engines-here.ts';
import { testEveryStep } from './testing/attempts.ts';

describe.runIf(HAS_TENSORFLOW)('interrupted and resumed on TensorFlow', () => testEveryStep('tensorflow'));
