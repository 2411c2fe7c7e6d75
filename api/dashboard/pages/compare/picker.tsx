/** Finds train jobs by name, tag or id, to compare them; and adds the newest of a tag at once. */
import { useState } from 'preact/hooks';
import { JOB_ID_PATTERN } from '../../../../shared/job-id.ts';
import type { JobView } from '../../../../shared/views.ts';
import { StateBadge } from '../../components/badges.tsx';
import { Button } from '../../components/button.tsx';
import { Field } from '../../components/field.tsx';
import { Icon } from '../../components/icon.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { RelativeTime } from '../../components/time.tsx';
import { api, isNoSuchJob } from '../../data/api.ts';
import { MOST_COMPARED, toggled, withNewest } from '../../data/compared-ids.ts';
import { useLoaded } from '../../data/loaded.ts';
import { useSettled } from '../../data/settled.ts';

const TYPING_MS = 200;
const SHOWN = 20;
/** Tags of the jobs found that are offered as a whole. */
const TAGS_SHOWN = 5;
const TAG = /^[A-Za-z0-9][A-Za-z0-9._=/-]{0,63}$/;

interface PickerProps {
  ids: readonly string[];
  onChange(ids: readonly string[]): void;
}

export function Picker({ ids, onChange }: PickerProps) {
  const [text, setText] = useState('');
  const wanted = useSettled(text.trim(), TYPING_MS);
  const { data: jobs, error, reload } = useLoaded((signal) => findJobs(wanted, signal), wanted);
  const isFull = ids.length >= MOST_COMPARED;
  return (
    <div class="picker">
      <Field label="Find train jobs" hint={`${ids.length} of at most ${MOST_COMPARED} chosen`}>
        {(control) => (
          <div class="search">
            <Icon name="search" />
            <input
              {...control}
              class="input"
              type="search"
              placeholder="Name, tag or job id"
              maxLength={200}
              autocomplete="off"
              spellcheck={false}
              value={text}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          </div>
        )}
      </Field>
      <TagShortcuts jobs={jobs ?? []} ids={ids} onChange={onChange} />
      <div class="picker-list" aria-busy={jobs === null}>
        {jobs === null && error === null && <Skeleton height="100%" />}
        {jobs === null && error !== null && <ErrorState error={error} onRetry={reload} />}
        {jobs?.length === 0 && <p class="picker-none muted">No train job has this name, tag or id.</p>}
        <ul class="plain" aria-label="Jobs found">
          {jobs?.map((job) => {
            const isChosen = ids.includes(job.id);
            return (
              <li key={job.id}>
                <label class="picker-job" data-disabled={isFull && !isChosen}>
                  <input
                    type="checkbox"
                    checked={isChosen}
                    disabled={isFull && !isChosen}
                    onChange={() => onChange(toggled(ids, job.id))}
                  />
                  <span class="picker-name">
                    {job.name ?? job.id}
                    <span class="faint">
                      {job.tags.length > 0 && `${job.tags.join(', ')} · `}
                      <RelativeTime iso={job.createdAt} />
                    </span>
                  </span>
                  <StateBadge state={job.state} />
                </label>
              </li>
            );
          })}
        </ul>
      </div>
    </div>
  );
}

interface TagShortcutsProps extends PickerProps {
  jobs: readonly JobView[];
}

function TagShortcuts({ jobs, ids, onChange }: TagShortcutsProps) {
  const tags = [...new Set(jobs.flatMap((job) => job.tags))].slice(0, TAGS_SHOWN);
  const addAll = async (tag: string) => {
    const { jobs: tagged } = await api.list({ kind: 'train', tag, limit: MOST_COMPARED });
    onChange(withNewest(ids, tagged));
  };
  return (
    <div class="picker-tags">
      {tags.map((tag) => (
        <Button key={tag} icon="plus" disabled={ids.length >= MOST_COMPARED} onClick={() => addAll(tag)}>
          All with tag {tag}
        </Button>
      ))}
    </div>
  );
}

/** Those whose name holds the text, those that have it as a tag, and the one of this id; the newest first. */
async function findJobs(text: string, signal: AbortSignal): Promise<JobView[]> {
  const [named, tagged, one] = await Promise.all([
    api.list({ kind: 'train', name: text, limit: SHOWN }, signal),
    TAG.test(text) ? api.list({ kind: 'train', tag: text, limit: SHOWN }, signal) : { jobs: [] },
    JOB_ID_PATTERN.test(text) ? jobOrNone(text, signal) : [],
  ]);
  const jobs = new Map([...named.jobs, ...tagged.jobs, ...one].map((job) => [job.id, job]));
  return [...jobs.values()].filter(({ kind }) => kind === 'train').sort((a, b) => (a.id < b.id ? 1 : -1));
}

async function jobOrNone(id: string, signal: AbortSignal): Promise<JobView[]> {
  try {
    return [await api.get(id, signal)];
  } catch (error) {
    if (isNoSuchJob(error)) return [];
    throw error;
  }
}
