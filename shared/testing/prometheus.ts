/** Reads the metrics of a process as Prometheus does, for tests. */

type Labels = Record<string, string>;

interface Sample {
  name: string;
  labels: Labels;
  value: number;
}

const LINE = /^([a-z_:][\w:]*)(?:\{(.*)\})? (\S+)$/i;

export type Scrape = Awaited<ReturnType<typeof scrape>>;

/** @param url of the metrics server. @throws on a line that is no sample, and on a sample that comes twice */
export async function scrape(url: string) {
  const response = await fetch(`${url}/metrics`);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`the metrics are answered with ${response.status}: ${text}`);
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const samples = lines.map(parseLine);
  const series = lines.map((line) => line.slice(0, line.lastIndexOf(' ')));
  if (new Set(series).size < series.length) throw new Error('a series comes twice');

  const find = (name: string, labels: Labels) =>
    samples.filter(
      (sample) => sample.name === name && Object.entries(labels).every(([l, v]) => sample.labels[l] === v),
    );
  return {
    type: response.headers.get('content-type'),
    samples,
    names: [...new Set(samples.map(({ name }) => name))],
    /** Of the one sample that has these labels; undefined if there is none. */
    value(name: string, labels: Labels = {}): number | undefined {
      const found = find(name, labels);
      if (found.length > 1) throw new Error(`${name} with ${JSON.stringify(labels)} is ${found.length} samples`);
      return found[0]?.value;
    },
    /** Of each sample that has these labels, by one more label. */
    by(name: string, label: string, labels: Labels = {}): Record<string, number> {
      return Object.fromEntries(find(name, labels).map((sample) => [sample.labels[label], sample.value]));
    },
    /** Of all samples that have these labels. */
    sum: (name: string, labels: Labels = {}): number => find(name, labels).reduce((sum, { value }) => sum + value, 0),
  };
}

function parseLine(line: string): Sample {
  const [, name, labels = '', value] = LINE.exec(line) ?? [];
  if (name === undefined) throw new Error(`not a sample: ${line}`);
  const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', text = '']) => [label, text]);
  return { name, labels: Object.fromEntries(pairs), value: Number(value) };
}
