/** Every architecture a spec can name. */
import type { ModelName } from '../jobs.ts';
import { LENET5 } from './lenet5.ts';
import type { ModelArchitecture } from './model.ts';

export { type ModelArchitecture, type Parameter, parameterCount } from './model.ts';

export const MODELS: Record<ModelName, ModelArchitecture> = { lenet5: LENET5 };
