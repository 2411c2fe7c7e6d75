import { expect, test } from 'vitest';
import { readTensorflowArguments } from './arguments.mjs';

test.each([
  [[], /needs either --cpu or --gpu/],
  [['--cpu', '--gpu'], /needs either --cpu or --gpu/],
  [['--tpu'], /Unknown option '--tpu'[\s\S]*npm run setup:tensorflow/],
  [['--cpu', '--with-cuda'], /--with-cuda goes with --gpu alone/],
  [['--cpu', '--index', 'ftp://a'], /--index is "ftp:\/\/a"\. Allowed: an http or https address/],
  [['--gpu', '--wheel', 'a', '--libtensorflow', 'b'], /Give one of them/],
])('%j are refused', (given, message) => {
  expect(() => readTensorflowArguments(given)).toThrow(message);
});

test('arguments say what is wanted', () => {
  const none = { wheel: null, libtensorflow: null, index: null, withCuda: false };
  expect(readTensorflowArguments(['--cpu'])).toEqual({ ...none, flavour: 'cpu' });
  expect(readTensorflowArguments(['--gpu', '--with-cuda'])).toEqual({ ...none, flavour: 'gpu', withCuda: true });
});
