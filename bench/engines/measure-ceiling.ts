/**
 * How fast this machine multiplies and adds vectors of 128 bits in WebAssembly, on one thread, as measurer.ts asks: a
 * step is as many multiply-adds as a training step of LeNet-5.
 */
import { compileAssembly } from '../../scripts/compile-assembly.mjs';
import { MODELS } from '../../shared/models/models.ts';
import type { Request } from '../measurer.ts';
import { serve, timed } from '../serve.ts';
import { multiplyAddsOfTraining } from './arithmetic.ts';

interface Ceiling {
  multiplyAdds: WebAssembly.Global;
  multiplyAdd(steps: number): number;
}

const module = await WebAssembly.compile(await compileAssembly('bench/engines/assembly/ceiling.ts'));
const ceiling = (await WebAssembly.instantiate(module, {})).exports as Ceiling;
const perImage = multiplyAddsOfTraining(MODELS.lenet5);
const batchSizes = new Map<number, number>();

async function answer(request: Request): Promise<object> {
  switch (request.ask) {
    case 'prepare':
      batchSizes.set(request.id, request.case.batchSize);
      return { stepsAtOnce: 1 };
    case 'run': {
      const batchSize = batchSizes.get(request.id);
      if (batchSize === undefined) throw new Error(`case ${request.id} is not prepared`);
      const images = request.steps * batchSize;
      const steps = Math.round((images * perImage) / Number(ceiling.multiplyAdds.value));
      return timed(async () => ceiling.multiplyAdd(steps));
    }
    default:
      throw new Error(`the ceiling is not asked to ${request.ask}`);
  }
}

await serve(answer);
