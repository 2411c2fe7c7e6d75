/** The dashboard: the shell, and in it the page that the address asks for, each in a chunk of its own. */
import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import type { DashboardPage } from '../dashboard-pages.ts';
import { AppShell } from './components/app-shell.tsx';
import { LinkButton } from './components/button.tsx';
import { EmptyState, ErrorState } from './components/states.tsx';
import { address, type Match, match, startRouter } from './router.ts';

export interface PageProps {
  /** The variable parts of the address: `id` of a job's page. */
  params: Record<string, string>;
}

interface Shown extends Match {
  path: string;
  Page: ComponentType<PageProps>;
}

const LOADERS = import.meta.glob<{ default: ComponentType<PageProps> }>('./pages/*/index.tsx');
const loaderOf = (page: DashboardPage) => LOADERS[`./pages/${page}/index.tsx`];

export const hasPage = (page: DashboardPage): boolean => loaderOf(page) !== undefined;

/** The page before stays until the next one has arrived: nothing jumps. */
const shown = signal<Shown | 'nothing' | 'missing' | Error>('nothing');

async function show(wanted: Match | null, path: string): Promise<void> {
  const load = wanted && loaderOf(wanted.page);
  if (!wanted || !load) {
    shown.value = 'missing';
    return;
  }
  try {
    const { default: Page } = await load();
    if (address.peek().path !== path) return;
    const isFirst = shown.peek() === 'nothing';
    shown.value = { ...wanted, path, Page };
    // As a browser does with a new page: the next Tab is its first, and a screen reader begins there.
    if (!isFirst) document.getElementById('main')?.focus({ preventScroll: true });
  } catch (error) {
    shown.value = error instanceof Error ? error : new Error(String(error));
  }
}

export function App() {
  useEffect(startRouter, []);
  const { path } = address.value;
  useEffect(() => {
    show(match.peek(), path);
  }, [path]);
  return (
    <AppShell hasPage={hasPage}>
      <CurrentPage />
    </AppShell>
  );
}

function CurrentPage() {
  const current = shown.value;
  if (current === 'nothing') return null;
  if (current instanceof Error) return <ErrorState error={current} onRetry={() => window.location.reload()} />;
  if (current === 'missing') {
    return (
      <EmptyState title="There is nothing at this address" heading="h1">
        <LinkButton href="/">Show all jobs</LinkButton>
      </EmptyState>
    );
  }
  const { Page, params } = current;
  return <Page key={current.path} params={params} />;
}
