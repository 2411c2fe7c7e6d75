/** Every architecture a spec can name. */
import type { ModelName } from '../jobs.ts';
import { LENET5_COUNTS, lenet } from './lenet.ts';
import type { ModelArchitecture } from './model.ts';

export { type ModelArchitecture, type Parameter, parameterCount } from './model.ts';

export const MODELS: Record<ModelName, ModelArchitecture> = { lenet5: lenet(LENET5_COUNTS) };
