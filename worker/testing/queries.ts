/** What the alerts of Prometheus and the panels of Grafana ask for: metrics, and the labels that each must have. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { packageFile } from '../../shared/package-root.ts';

export interface Asked {
  metric: string;
  /** Label by which it is grouped, joined or selected, with the values selected. */
  labels: Map<string, string[]>;
}

export interface Query {
  /** Title of the alert or the panel. */
  where: string;
  asks: Asked[];
  /** Labels that its words show. */
  shown: string[];
  /** Labels that its answer has; null: all that the metric has. */
  answered: string[] | null;
}

interface Rule {
  alert: string;
  expr: string;
  annotations: Record<string, string>;
}
interface Panel {
  title: string;
  targets?: { expr: string; legendFormat: string }[];
}

/** Given to every series by Prometheus itself. */
export const TARGET_LABELS = ['job', 'instance'];

const alerts = parse(readFileSync(packageFile('deploy/prometheus/alerts.yml'), 'utf8'));
export const rules: Rule[] = alerts.groups[0].rules;
export const dashboard = JSON.parse(readFileSync(packageFile('deploy/grafana/dashboard.json'), 'utf8'));
export const panels: Panel[] = dashboard.panels;

export const QUERIES: Query[] = [
  ...rules.map(({ alert, expr, annotations }) =>
    query(alert, expr, names(/\$labels\.(\w+)/g, Object.values(annotations).join())),
  ),
  ...panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, legendFormat }) => query(title, expr, names(/\{\{(\w+)\}\}/g, legendFormat))),
  ),
];

function query(where: string, expr: string, shown: string[]): Query {
  const groupings = [...expr.matchAll(/\b(?:by|on) \(([\w, ]+)\)/g)];
  const asks = [...expr.matchAll(/\b((?:trainyard|nodejs|process)_\w+)(?:\{([^}]*)\})?/g)].map((found) => {
    const [, metric = '', selector = ''] = found;
    // An aggregation stands before what it aggregates.
    const grouping = groupings.filter(({ index }) => index < found.index).at(-1)?.[1] ?? '';
    const labels = new Map(
      grouping
        .split(', ')
        .filter(Boolean)
        .map((label) => [label, [] as string[]]),
    );
    for (const [, label = '', values = ''] of selector.matchAll(/(\w+)=~?"([^"]*)"/g))
      labels.set(label, values.split('|'));
    return { metric, labels };
  });
  const aggregated = /^(?:\w+\([\d., ]*)?(?:sum|max|min|count)\b(?: by \(([\w, ]+)\))?/.exec(expr);
  const answered = aggregated
    ? (aggregated[1] ?? '').split(', ').filter((label) => label !== '' && label !== 'le')
    : null;
  return { where, asks, shown, answered };
}

function names(pattern: RegExp, text: string): string[] {
  return [...text.matchAll(pattern)].map(([, name = '']) => name);
}
