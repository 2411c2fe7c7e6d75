/** Search and filters of the list. They live in the address, so that a filtered list can be linked to. */
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { JobKind, JobState } from '../../../../shared/jobs.ts';
import type { JobFilter } from '../../../client-types.ts';
import { KIND_LABELS, STATES, stateLabel } from '../../components/badges.tsx';
import { Icon } from '../../components/icon.tsx';
import { useCounts } from '../../data/yard.ts';
import { formatCount } from '../../format.ts';
import { setQuery } from '../../router.ts';

const TYPING_MS = 250;

export function filterOf(query: URLSearchParams): JobFilter {
  const filter: JobFilter = {};
  const [state, kind, tag, name] = ['state', 'kind', 'tag', 'name'].map((field) => query.get(field)?.trim());
  if (state && (STATES as string[]).includes(state)) filter.state = state as JobState;
  if (kind && Object.hasOwn(KIND_LABELS, kind)) filter.kind = kind as JobKind;
  if (tag) filter.tag = tag;
  if (name) filter.name = name;
  return filter;
}

export function Filters({ filter }: { filter: JobFilter }) {
  const counts = useCounts().value;
  const total = counts && Object.values(counts.states).reduce((sum, count) => sum + count, 0);
  return (
    <div class="filters">
      <fieldset class="filter-states">
        <legend class="visually-hidden">State</legend>
        <StateChip
          label="All"
          count={total}
          isOn={filter.state === undefined}
          onClick={() => setQuery({ state: null })}
        />
        {STATES.map((state) => (
          <StateChip
            key={state}
            label={stateLabel(state)}
            count={counts?.states[state] ?? null}
            isOn={filter.state === state}
            onClick={() => setQuery({ state: filter.state === state ? null : state })}
          />
        ))}
      </fieldset>
      <div class="filter-fields row">
        <Search value={filter.name ?? ''} />
        <select
          class="input"
          aria-label="Kind"
          value={filter.kind ?? ''}
          onChange={(event) => setQuery({ kind: event.currentTarget.value })}
        >
          <option value="">All kinds</option>
          {Object.entries(KIND_LABELS).map(([kind, label]) => (
            <option key={kind} value={kind}>
              {label}
            </option>
          ))}
        </select>
        {filter.tag !== undefined && (
          <button type="button" class="tag tag-filter" onClick={() => setQuery({ tag: null })}>
            <span class="visually-hidden">Remove the filter</span> tag: {filter.tag}
            <Icon name="close" size={12} />
          </button>
        )}
      </div>
    </div>
  );
}

interface StateChipProps {
  label: string;
  count: number | null;
  isOn: boolean;
  onClick(): void;
}

function StateChip({ label, count, isOn, onClick }: StateChipProps) {
  return (
    <button type="button" class="chip" aria-pressed={isOn} onClick={onClick}>
      {label}
      {count !== null && <span class="chip-count">{formatCount(count)}</span>}
    </button>
  );
}

/** `/` goes to it from anywhere, as in other lists. */
function Search({ value }: { value: string }) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  const timer = useRef(0);

  useEffect(() => {
    if (document.activeElement !== input.current) setText(value);
  }, [value]);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof Element && event.target.matches('input, textarea, select');
      if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      input.current?.focus();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);

  const onInput = (next: string) => {
    setText(next);
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setQuery({ name: next.trim() }), TYPING_MS);
  };
  return (
    <div class="search">
      <label for={id} class="visually-hidden">
        Search by name
      </label>
      <Icon name="search" />
      <input
        ref={input}
        id={id}
        class="input"
        type="search"
        maxLength={200}
        placeholder="Search by name"
        value={text}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      <span class="key" aria-hidden="true">
        /
      </span>
    </div>
  );
}
