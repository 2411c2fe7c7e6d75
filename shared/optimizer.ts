/** How a train job updates its parameters: the optimizers of torch.optim with their names for things and their defaults. */
import { z } from 'zod';

/** Finite also as the float32 that engines compute with. */
const LARGEST = 3.4e38;
/** And above 0: float32 has smaller numbers, but not all that compute with it keep them. */
const SMALLEST = 1.2e-38;

const learningRate = z.number().positive().max(LARGEST).default(0.001).describe('How far an update goes.');
const weightDecay = z.number().min(0).max(LARGEST).default(0);
const beta = z.number().min(0).lt(1);

export const Sgd = z
  .strictObject({
    // `optional` makes it what an object without a type is taken for
    type: z.literal('sgd').optional().default('sgd'),
    learningRate,
    momentum: beta.default(0).describe('Share of the last update that goes into the next one; 0: none.'),
    nesterov: z.boolean().default(false).describe("Nesterov's momentum: looks one update ahead."),
    weightDecay: weightDecay.describe('Times the parameter, added to its gradient: the L2 penalty.'),
  })
  .refine(({ nesterov, momentum }) => !nesterov || momentum > 0, {
    path: ['nesterov'],
    // also beside other faults: a user hears of all at once
    when: ({ value }) => typeof (value as { momentum?: unknown } | null)?.momentum === 'number',
    error: 'false, or true with a momentum above 0',
  });
export type Sgd = z.infer<typeof Sgd>;

export const Adam = z.strictObject({
  type: z.literal('adam'),
  learningRate,
  beta1: beta.default(0.9).describe('Decay of the running mean of the gradients.'),
  beta2: beta.default(0.999).describe('Decay of the running mean of their squares.'),
  epsilon: z.number().min(SMALLEST).max(LARGEST).default(1e-8).describe('Added to the denominator.'),
  weightDecay: weightDecay.describe('Times the parameter, added to its gradient: the L2 penalty (this is not AdamW).'),
});
export type Adam = z.infer<typeof Adam>;

export const Optimizer = z.discriminatedUnion('type', [Sgd, Adam]);
export type Optimizer = z.infer<typeof Optimizer>;

/** SGD without momentum or weight decay: what needs no optimizer, such as an evaluation, asks for this one. */
export function plainSgd(learningRate?: number): Optimizer {
  return Optimizer.parse({ type: 'sgd', learningRate });
}
