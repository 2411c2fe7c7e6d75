/** One column for each job: what became of it, and where its spec differs. Any row orders the columns. */
import type { ComponentChildren } from 'preact';
import { StateBadge } from '../../components/badges.tsx';
import { Card } from '../../components/card.tsx';
import { Checkbox } from '../../components/field.tsx';
import { Icon } from '../../components/icon.tsx';
import { CurveSample } from '../../components/line-chart.tsx';
import { NONE } from '../../format.ts';
import { query, setQuery } from '../../router.ts';
import { nextOrder, type Order, orderedPlaces, orderOf } from './order.ts';
import { bestMarks, OUTCOMES, type Outcome } from './outcomes.ts';
import type { ShownJob } from './shown-job.ts';
import { type FieldRow, type FieldValue, fieldRows } from './specs.ts';

export function Comparison({ jobs }: { jobs: readonly ShownJob[] }) {
  const showsAll = query.value.get('fields') === 'all';
  const order = orderOf(query.value.get('by'));
  const fields = fieldRows(jobs.map(({ job }) => job.spec));
  const differing = fields.filter(({ differs }) => differs).length;
  const places = placesBy(order, jobs, fields);
  const columns = { places, order };
  return (
    <Card
      title="Outcomes and specs"
      actions={
        <Checkbox
          label="Show all fields"
          checked={showsAll}
          onChange={(isOn) => setQuery({ fields: isOn ? 'all' : null })}
        />
      }
      flush
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section class="table-scroll" aria-label="Outcomes and specs, a column for each job" tabIndex={0}>
        <table class="table comparison" style={{ '--jobs': jobs.length }}>
          <caption class="visually-hidden">Outcomes and specs; the row headings order the columns</caption>
          <Head jobs={places.map((i) => jobs[i] as ShownJob)} />
          <tbody>
            <tr>
              <th scope="row">State</th>
              {places.map((i) => (
                <td key={i}>{jobs[i] && <StateBadge state={jobs[i].job.state} />}</td>
              ))}
            </tr>
            {OUTCOMES.map((outcome) => (
              <OutcomeRow key={outcome.name} outcome={outcome} jobs={jobs} {...columns} />
            ))}
          </tbody>
          <tbody>
            <tr class="comparison-part">
              <th scope="rowgroup" colSpan={jobs.length + 1}>
                <span>{specTitle(jobs.length, differing)}</span>
              </th>
            </tr>
            {fields
              .filter(({ differs }) => differs || showsAll)
              .map((field) => (
                <Row key={field.path} name={field.path} title={field.path} isField {...columns}>
                  {(i) => <Value value={field.values[i] ?? null} path={field.path} differs={field.differs} />}
                </Row>
              ))}
          </tbody>
        </table>
      </section>
    </Card>
  );
}

function specTitle(jobs: number, differing: number): string {
  if (jobs === 1) return 'Spec: add another job to see where theirs differ';
  if (differing === 0) return 'Same spec; the same seed gives the same bits';
  return `Spec: ${differing} ${differing === 1 ? 'field differs' : 'fields differ'}`;
}

function placesBy(order: Order | null, jobs: readonly ShownJob[], fields: readonly FieldRow[]): number[] {
  const outcome = OUTCOMES.find(({ name }) => name === order?.row);
  const values = outcome ? jobs.map(outcome.valueOf) : fields.find(({ path }) => path === order?.row)?.values;
  return values && order ? orderedPlaces(values, order.isFalling) : jobs.map((_, i) => i);
}

function Head({ jobs }: { jobs: readonly ShownJob[] }) {
  return (
    <thead>
      <tr>
        <td />
        {jobs.map(({ job, look }) => (
          <th key={job.id} scope="col">
            <span class="comparison-look">
              <CurveSample {...look} />
            </span>
            <a href={`/jobs/${job.id}`} title={job.name ?? job.id}>
              {job.name ?? job.id}
            </a>
          </th>
        ))}
      </tr>
    </thead>
  );
}

interface RowProps {
  name: string;
  title: string;
  places: readonly number[];
  order: Order | null;
  isField?: boolean;
  /** @param place of the job among those shown */
  children(place: number): ComponentChildren;
}

function Row({ name, title, places, order, isField = false, children }: RowProps) {
  const isOrder = order?.row === name;
  const direction = order?.isFalling ? 'descending' : 'ascending';
  return (
    <tr data-order={isOrder}>
      <th scope="row" aria-sort={isOrder ? direction : 'none'}>
        <button
          type="button"
          class={isField ? 'comparison-order mono' : 'comparison-order'}
          title="Order the jobs by this"
          onClick={() => setQuery({ by: nextOrder(order, name) })}
        >
          <span>{isField ? <Path path={title} /> : title}</span>
          <span class="comparison-arrow" aria-hidden="true">
            {isOrder ? (order.isFalling ? '←' : '→') : '↔'}
          </span>
        </button>
      </th>
      {places.map((place) => (
        <td key={place}>{children(place)}</td>
      ))}
    </tr>
  );
}

/** Broken, where it must be, after a dot. */
function Path({ path }: { path: string }) {
  const [first, ...inner] = path.split('.');
  return (
    <>
      {first}
      {inner.map((name) => (
        <>
          .<wbr />
          {name}
        </>
      ))}
    </>
  );
}

interface OutcomeRowProps {
  outcome: Outcome;
  jobs: readonly ShownJob[];
  places: readonly number[];
  order: Order | null;
}

function OutcomeRow({ outcome, jobs, ...columns }: OutcomeRowProps) {
  const values = jobs.map(outcome.valueOf);
  const marks = bestMarks(values, outcome.best);
  return (
    <Row name={outcome.name} title={outcome.title} {...columns}>
      {(i) => {
        const text = outcome.format(values[i] ?? null);
        return marks[i] ? (
          <strong class="comparison-best">
            {text}
            <Icon name="star" size={13} />
            <span class="visually-hidden">the best</span>
          </strong>
        ) : (
          text
        );
      }}
    </Row>
  );
}

function Value({ value, path, differs }: { value: FieldValue; path: string; differs: boolean }) {
  if (value === null) return <span class="faint">{NONE}</span>;
  if (path === 'from.jobId') return <a href={`/jobs/${value}`}>{value}</a>;
  return <span class={differs ? 'mono' : 'mono muted'}>{String(value)}</span>;
}
