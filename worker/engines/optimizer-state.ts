/**
 * What an optimizer keeps from step to step, and where it lies in a state: for each parameter a tensor of its shape in
 * each of the optimizer's slots, under `optimizer.<slot>.<parameter>` with torch.optim's name for the slot; for Adam
 * also the updates so far, as `optimizer.step`.
 */
import { elementCount, type Tensor, type Tensors } from '../../shared/checkpoints/tensors.ts';
import type { Optimizer } from '../../shared/jobs.ts';
import { type ExpectedTensor, tensorsInOrder } from '../../shared/models/check-state.ts';
import type { ModelArchitecture } from '../../shared/models/models.ts';

const STEP: ExpectedTensor = { name: 'optimizer.step', shape: [1] };
/** Float32 counts no further: here as in PyTorch the count stays there, so that a resume finds the one in memory. */
const LAST_STEP = 2 ** 24;

export interface FlatState {
  /** All parameters in the model's order, then slot by slot, each in the parameters' order. */
  tensors: Tensor[];
  /** Updates so far, of optimizers that count them. */
  step: number;
}

/** In the order in which the update takes and returns them. */
export function slotsOf(optimizer: Optimizer): readonly string[] {
  switch (optimizer.type) {
    case 'sgd':
      return optimizer.momentum > 0 ? ['momentum_buffer'] : [];
    case 'adam':
      return ['exp_avg', 'exp_avg_sq'];
    default: {
      const never: never = optimizer;
      throw new Error(`unknown optimizer ${JSON.stringify(never)}`);
    }
  }
}

export function stepAfter(step: number): number {
  return Math.min(step + 1, LAST_STEP);
}

/**
 * A state without anything of an optimizer is that of a run before its first step.
 * @throws RangeError naming the tensor that is missing, unknown, of another shape or no count of steps
 */
export function flatStateOf(state: Tensors, model: ModelArchitecture, optimizer: Optimizer): FlatState {
  const { parameters } = model;
  const slots = slotTensors(model, optimizer);
  if (![...state.keys()].some((name) => name.startsWith('optimizer.'))) {
    const zeros = slots.map(({ shape }) => ({ shape: [...shape], data: new Float32Array(elementCount(shape)) }));
    return { tensors: [...tensorsInOrder(state, parameters), ...zeros], step: 0 };
  }
  const counter = countsSteps(optimizer) ? [STEP] : [];
  const tensors = tensorsInOrder(state, [...parameters, ...slots, ...counter]);
  return { tensors: tensors.slice(0, parameters.length + slots.length), step: stepIn(tensors.at(-1), optimizer) };
}

/** The other way round: parameters first, then what is the optimizer's. */
export function stateOf({ tensors, step }: FlatState, model: ModelArchitecture, optimizer: Optimizer): Tensors {
  const names = [...model.parameters, ...slotTensors(model, optimizer)].map(({ name }) => name);
  const state: Tensors = new Map(names.map((name, i) => [name, tensors[i] as Tensor]));
  if (countsSteps(optimizer)) state.set(STEP.name, { shape: [...STEP.shape], data: Float32Array.of(step) });
  return state;
}

function slotTensors({ parameters }: ModelArchitecture, optimizer: Optimizer): ExpectedTensor[] {
  return slotsOf(optimizer).flatMap((slot) =>
    parameters.map(({ name, shape }) => ({ name: `optimizer.${slot}.${name}`, shape })),
  );
}

function countsSteps({ type }: Optimizer): boolean {
  return type === 'adam';
}

function stepIn(counter: Tensor | undefined, optimizer: Optimizer): number {
  if (!countsSteps(optimizer)) return 0;
  const step = counter?.data[0];
  if (step === undefined || !Number.isInteger(step) || step < 0 || step > LAST_STEP) {
    throw new RangeError(`tensor ${STEP.name} holds ${step}, expected a whole number from 0 to ${LAST_STEP}`);
  }
  return step;
}
