import { beforeAll, describe, expect, it } from 'vitest';
import { range, readReference } from '../../worker/engines/testing/reference.ts';
import { createTrained, type Trained } from '../../worker/testing/trained.ts';
import { readImages } from '../data/idx-files.ts';
import { MODELS } from '../models/models.ts';
import { createClassifier } from './classifier.ts';
import { forward, softmax } from './forward.ts';

const SPEC = { model: 'lenet5', head: 'tanh', resize: 'bilinear' } as const;

describe('on the reference run', () => {
  it('gives the outputs of the first batch, and the loss of step 1 by its probabilities', async () => {
    const { images, init, firstOutputs, losses } = await readReference();
    const outputs = [...range(0, 16)].map((i) => {
      const bytes = images.images.subarray(i * 1024, (i + 1) * 1024);
      return forward(
        MODELS.lenet5,
        'tanh',
        init,
        Float32Array.from(bytes, (byte) => (byte / 255 - 0.5) / 0.5),
      );
    });
    const logits = outputs.flatMap((output) => [...output]);
    for (const [i, logit] of logits.entries()) expect(logit).toBeCloseTo(firstOutputs[i] ?? Number.NaN, 6);
    const loss = outputs.reduce((sum, output, i) => sum - Math.log(softmax(output)[images.labels[i] ?? 0] ?? 0), 0);
    expect(loss / 16).toBeCloseTo(losses[0] ?? 0, 6);
  });
});

describe.each(['tanh', 'linear'] as const)('with the head %s', (head) => {
  let trained: Trained;
  beforeAll(async () => {
    trained = await createTrained({ head });
  });

  it('predicts what the simd engine predicts, on the 1000 test images of which that is least sure', async () => {
    const raw = await readImages('mnist', 'test', { dataDir: 'none' });
    const classify = createClassifier({ ...SPEC, head }, trained.state);
    const { predictions, confidences } = trained;
    const leastSure = [...confidences.keys()]
      .sort((a, b) => (confidences[a] ?? 0) - (confidences[b] ?? 0))
      .slice(0, 1000);
    const wrong = leastSure.filter((i) => classify(raw.subarray(i * 784, (i + 1) * 784)).prediction !== predictions[i]);
    expect(wrong).toEqual([]);
    expect(trained.accuracy).toBeGreaterThan(0.7);
  });
});

it('gives probabilities that sum to 1, also of logits beyond the range of exp', () => {
  const probabilities = softmax(Float32Array.of(1000, 999, -1000));
  expect(probabilities.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
  expect(probabilities[0]).toBeCloseTo(1 / (1 + Math.exp(-1)), 12);
});

it('refuses a state that is not the model’s, and an image of another size', async () => {
  const { init } = await readReference();
  const lacking = new Map([...init].filter(([name]) => name !== 'fc2.bias'));
  expect(() => createClassifier(SPEC, lacking)).toThrow('tensor fc2.bias is missing');
  expect(() => createClassifier(SPEC, init)(new Uint8Array(783))).toThrow(RangeError);
  expect(() => forward(MODELS.lenet5, 'tanh', init, new Float32Array(784))).toThrow('expected an image of 1×32×32');
});
