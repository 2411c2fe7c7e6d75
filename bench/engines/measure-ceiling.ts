/**
 * How fast this machine multiplies and adds vectors of 128 bits in WebAssembly, on one thread, as measurer.ts asks: a
 * step is as many multiply-adds as a training step of LeNet-5.
 */
import { compileAssembly } from '../../scripts/compile-assembly.mjs';
import { MODELS } from '../../shared/models/models.ts';
import { serve } from '../serve.ts';
import { plainMultiplyAdds } from './arithmetic.ts';

interface Ceiling {
  multiplyAdds: WebAssembly.Global;
  multiplyAdd(steps: number): number;
}

const module = await WebAssembly.compile(await compileAssembly('bench/engines/assembly/ceiling.ts'));
const ceiling = (await WebAssembly.instantiate(module, {})).exports as Ceiling;
const perImage = plainMultiplyAdds(MODELS.lenet5).training;

await serve({
  prepare: ({ batchSize }) => ({
    run: async (steps) =>
      ceiling.multiplyAdd(Math.round((steps * batchSize * perImage) / Number(ceiling.multiplyAdds.value))),
  }),
});
