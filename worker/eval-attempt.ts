/** An attempt at an eval job: the referenced checkpoint on one split; the whole result goes to the store. */
import type { EvalRecord } from '../shared/job-record.ts';
import type { EvalResult, FullEvaluation } from '../shared/views.ts';
import { loadReferenced } from './referenced-checkpoint.ts';
import type { AttemptDeps, RunningAttempt } from './run-attempt.ts';

export async function evaluateJob(record: EvalRecord, running: RunningAttempt, deps: AttemptDeps): Promise<EvalResult> {
  const { attempt, queued, stop, say } = running;
  const { spec } = record;
  const { checkpoint, result, misclassified } = await deps.trainers.use(stop.signal, async (trainer) => {
    const { checkpoint, manifest, parameters } = await loadReferenced(spec.checkpoint, record, attempt, deps);
    const evaluated = await trainer.run({
      work: { kind: 'eval', spec, trainedBy: manifest.spec, parameters },
      signal: stop.signal,
      onEvent: nothingToReport,
      onNotice: (message) => say('warn', message),
      onCheckpoint: nothingToReport,
    });
    return { checkpoint, ...evaluated };
  });

  const { loss, accuracy, perClass, confusion, dataset, split, images } = result;
  const whole: FullEvaluation = {
    ...{ jobId: attempt.id, checkpoint, dataset, split, images },
    ...{ loss, accuracy, perClass, confusion, misclassified },
  };
  // The file first: a job that is completed has it.
  await deps.checkpoints.putEvaluation(attempt.id, attempt.number, new TextEncoder().encode(JSON.stringify(whole)));
  deps.onStored();
  await queued.updateProgress({ progress: 100, loss, accuracy });
  await say('info', `${split} loss ${loss.toFixed(4)} acc ${accuracy.toFixed(4)} of ${images} images`);
  return result;
}

async function nothingToReport(): Promise<void> {
  throw new Error('an evaluation reports nothing before its result');
}
