import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createTrained } from '../../worker/testing/trained.ts';
import { readImages } from '../data/idx-files.ts';
import { packageFile } from '../package-root.ts';
import { createClassifier } from './classifier.ts';
import { type GreyImage, toMnistForm } from './mnist-form.ts';

/** A picture with a rectangle in it. */
function rectangle(
  { width = 100, height = 80, left = 10, top = 20, right = 30, bottom = 60 },
  { ground = 0, ink = 255 } = {},
): GreyImage {
  const data = Uint8Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return x >= left && x < right && y >= top && y < bottom ? ink : ground;
  });
  return { width, height, data };
}

/** Rows and columns of the result that hold any ink. */
function extent(pixels: Uint8Array) {
  const inked = [...pixels.keys()].filter((i) => (pixels[i] ?? 0) > 0);
  const [xs, ys] = [inked.map((i) => i % 28), inked.map((i) => Math.floor(i / 28))];
  return { x: [Math.min(...xs), Math.max(...xs)], y: [Math.min(...ys), Math.max(...ys)] };
}

describe('a digit somewhere in a picture', () => {
  it('is fitted into 20×20 with its aspect kept, in the middle', () => {
    const pixels = toMnistForm(rectangle({}));
    expect(extent(pixels)).toEqual({ x: [9, 18], y: [4, 23] });
    expect(pixels[14 * 28 + 14]).toBe(255);
    expect(extent(toMnistForm(rectangle({ left: 1, right: 99, top: 40, bottom: 60 })))).toEqual({
      x: [4, 23],
      y: [12, 15],
    });
  });

  it('is placed by its centre of mass, not by its box', () => {
    // a wide foot below a thin stem: most of the ink is at the bottom, which moves the box up
    const picture = rectangle({ left: 48, right: 52, top: 10, bottom: 70 });
    const data = Uint8Array.from(picture.data);
    for (let y = 60; y < 70; y++) data.fill(255, y * 100 + 20, y * 100 + 80);
    const { y } = extent(toMnistForm({ ...picture, data }));
    expect(y[1]).toBeLessThan(23);
  });

  it.each([
    ['dark on white', { ground: 255, ink: 0 }],
    ['grey on grey', { ground: 90, ink: 130 }],
    ['dark on grey', { ground: 200, ink: 150 }],
  ])('is the same %s', (_, colours) => {
    expect(toMnistForm(rectangle({}, colours))).toEqual(toMnistForm(rectangle({})));
  });

  it('may be smaller than what it becomes, and a single pixel', () => {
    const small = rectangle({ width: 9, height: 9, left: 3, right: 5, top: 2, bottom: 6 });
    expect(extent(toMnistForm(small))).toEqual({ x: [9, 18], y: [4, 23] });
    const dot = rectangle({ width: 9, height: 9, left: 4, right: 5, top: 4, bottom: 5 });
    expect(extent(toMnistForm(dot))).toEqual({ x: [4, 23], y: [4, 23] });
  });
});

it.each([
  [1, 1, 255],
  [1, 5, 0],
  [300, 2, 128],
])('a blank picture of %i×%i is black', (width, height, grey) => {
  const pixels = toMnistForm({ width, height, data: new Uint8Array(width * height).fill(grey) });
  expect(pixels).toEqual(new Uint8Array(784));
});

it('test digits drawn large and dark on white are predicted as before', async () => {
  const { state } = await createTrained({ head: 'tanh' });
  const classify = createClassifier({ model: 'lenet5', head: 'tanh', resize: 'bilinear' }, state);
  const raw = await readImages('mnist', 'test', { dataDir: 'none' });
  const count = 500;
  let same = 0;
  for (let i = 0; i < count; i++) {
    const digit = raw.subarray(i * 784, (i + 1) * 784);
    const [width, height, left, top] = [200, 150, 70, 20];
    const data = Uint8Array.from({ length: width * height }, (_, at) => {
      const [x, y] = [Math.floor(((at % width) - left) / 4), Math.floor((Math.floor(at / width) - top) / 4)];
      return 255 - (x >= 0 && x < 28 && y >= 0 && y < 28 ? (digit[y * 28 + x] ?? 0) : 0);
    });
    if (classify(toMnistForm({ width, height, data })).prediction === classify(digit).prediction) same += 1;
  }
  expect(same / count).toBeGreaterThan(0.99);
});

it('needs nothing of Node: its compiled form imports files alone that import nothing', async () => {
  const code = await readFile(packageFile('dist/shared/inference/mnist-form.js'), 'utf8');
  expect([...code.matchAll(/^import .* from '(.*)';$/gm)].map(([, from]) => from)).toEqual(['../data/resize.js']);
  expect(await readFile(packageFile('dist/shared/data/resize.js'), 'utf8')).not.toMatch(/^import /m);
});
