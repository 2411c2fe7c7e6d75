import { describeEngine } from '../../engine-battery.ts';
import { createWasmEngine } from './wasm-engine.ts';

describeEngine('wasm', createWasmEngine);
