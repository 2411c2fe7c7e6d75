/** Which checkpoint of which train job: found by the job's name or id, then one of those that it has. */
import { useId } from 'preact/hooks';
import { JOB_ID_PATTERN } from '../../../../shared/job-id.ts';
import type { JobView } from '../../../../shared/views.ts';
import { stateLabel } from '../../components/badges.tsx';
import { Field } from '../../components/field.tsx';
import { RelativeTime } from '../../components/time.tsx';
import { api } from '../../data/api.ts';
import { useLoaded } from '../../data/loaded.ts';
import { formatAccuracy } from '../../format.ts';
import { checkpointOptions, idOfName, jobLabel } from './checkpoint-options.ts';
import type { Field as FormField } from './fields.ts';
import { bound, type FormState } from './form-state.ts';
import { Hint } from './hint.tsx';
import { fieldLabel } from './layout.ts';

const JOBS_OFFERED = 50;

export function CheckpointFields({ form, fields }: { form: FormState; fields: readonly FormField[] }) {
  const ofJob = fields.find(({ name }) => name === 'jobId');
  const ofEpoch = fields.find(({ name }) => name === 'epoch');
  if (!ofJob || !ofEpoch) return null;
  return <Picker form={form} ofJob={ofJob} ofEpoch={ofEpoch} />;
}

function Picker({ form, ofJob, ofEpoch }: { form: FormState; ofJob: FormField; ofEpoch: FormField }) {
  const listId = useId();
  const jobs = useLoaded(
    (signal) => api.list({ kind: 'train', state: 'completed', limit: JOBS_OFFERED }, signal),
    'completed',
  );
  const job = bound(form, ofJob);
  const epoch = bound(form, ofEpoch);
  const id = job.value.trim();
  const { data } = useLoaded(
    async (signal) => ({ job: await api.get(id, signal), list: await api.checkpoints(id, signal) }),
    JOB_ID_PATTERN.test(id) ? id : null,
  );
  const chosen = data?.job.id === id ? data : null;
  const words = ofEpoch.type === 'number' ? ofEpoch.words : [];
  return (
    <div class="form-grid">
      <div class="checkpoint-job" data-path={ofJob.path}>
        <Field
          label={fieldLabel(ofJob)}
          hint={<ChosenJob job={chosen?.job ?? null} />}
          mark={job.mark}
          error={job.error}
        >
          {(control) => (
            <>
              <input
                {...control}
                class="input"
                type="text"
                list={listId}
                value={job.value}
                placeholder="Name or id"
                autocomplete="off"
                spellcheck={false}
                onInput={(event) => job.onInput(event.currentTarget.value)}
                onChange={(event) => job.onInput(idOfName(jobs.data?.jobs ?? [], event.currentTarget.value))}
              />
              <datalist id={listId}>
                {jobs.data?.jobs.map((one) => (
                  <option key={one.id} value={one.id}>
                    {jobLabel(one)}
                  </option>
                ))}
              </datalist>
            </>
          )}
        </Field>
      </div>
      <div data-path={ofEpoch.path}>
        <Field
          label={fieldLabel(ofEpoch)}
          hint={<Hint field={ofEpoch} isLimited={false} />}
          mark={epoch.mark}
          error={epoch.error}
        >
          {(control) => (
            <select
              {...control}
              class="input"
              value={epoch.value}
              onChange={(event) => epoch.onInput(event.currentTarget.value)}
            >
              {checkpointOptions(words, chosen?.list ?? null, epoch.value).map(([value, label]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
    </div>
  );
}

function ChosenJob({ job }: { job: JobView | null }) {
  if (job === null) return <>A train job, by its name or id.</>;
  const accuracy = job.kind === 'train' ? job.result?.test.accuracy : undefined;
  return (
    <>
      <a href={`/jobs/${job.id}`}>{job.name ?? job.id}</a>
      <span>
        {stateLabel(job.state)} <RelativeTime iso={job.finishedAt ?? job.createdAt} />
        {accuracy !== undefined && <>, test accuracy {formatAccuracy(accuracy)}</>}
      </span>
    </>
  );
}
