/** What stands around every page: the way to the others, how the connection is, and light or dark. */
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { BOARD_PATH } from '../../board-page.ts';
import { DASHBOARD_PAGES, type DashboardPage } from '../../dashboard-pages.ts';
import { type Connection, connection } from '../data/live.ts';
import { may, me, signOut } from '../data/session.ts';
import { match } from '../router.ts';
import { theme, toggleTheme } from '../theme.ts';
import { IconButton } from './button.tsx';
import { Icon, Logo } from './icon.tsx';
import { failureOf } from './states.tsx';
import { Toasts, toast } from './toast.tsx';

const NAV = { jobs: 'Jobs', submit: 'Submit', compare: 'Compare', playground: 'Playground' } as const;

const CONNECTIONS: Record<Connection, { text: string; title: string }> = {
  connected: { text: 'Connected', title: 'The API answers' },
  connecting: { text: 'Connecting', title: 'Waiting for the event stream' },
  live: { text: 'Live', title: 'What changes is shown at once' },
  polling: { text: 'Every 2 s', title: 'The API offers no event stream: the dashboard looks every two seconds' },
  reconnecting: { text: 'Reconnecting', title: 'The connection was cut off' },
  disconnected: { text: 'Disconnected', title: 'The API, or the Redis behind it, does not answer' },
};

interface AppShellProps {
  hasPage(page: DashboardPage): boolean;
  children: ComponentChildren;
}

export function AppShell({ hasPage, children }: AppShellProps) {
  const current = match.value?.page;
  const pages = (Object.keys(NAV) as (keyof typeof NAV)[])
    .filter(hasPage)
    .filter((page) => page !== 'submit' || may('submitter'));
  return (
    <div class="shell">
      <a class="skip-link visually-hidden" href="#main">
        To the content
      </a>
      <header class="shell-header">
        <a class="brand" href="/" aria-label="Trainyard: all jobs">
          <Logo />
          Trainyard
        </a>
        <nav class="shell-nav" aria-label="Main">
          {pages.map((page) => (
            <a key={page} href={DASHBOARD_PAGES[page]} {...(current === page && { 'aria-current': 'page' as const })}>
              {NAV[page]}
            </a>
          ))}
          <a href="/docs">API</a>
          <a href={BOARD_PATH}>
            bull-board
            <Icon name="external" size={13} />
          </a>
        </nav>
        <div class="shell-end">
          <ConnectionState />
          <User />
          <IconButton
            icon={theme.value === 'dark' ? 'sun' : 'moon'}
            label={theme.value === 'dark' ? 'Light colours' : 'Dark colours'}
            onClick={toggleTheme}
          />
        </div>
      </header>
      <main id="main" class="shell-main" tabIndex={-1}>
        {children}
      </main>
      {connection.value === 'disconnected' && (
        <div class="offline" role="alert">
          The API, or the Redis behind it, does not answer. What you see may be old; the dashboard goes on trying.
        </div>
      )}
      <Toasts />
    </div>
  );
}

function ConnectionState() {
  const { text, title } = CONNECTIONS[connection.value];
  return (
    <span class="connection" role="status" data-state={connection.value} title={title}>
      <i />
      {text}
    </span>
  );
}

function User() {
  if (me.value?.by !== 'session') return null;
  const { name, role } = me.value;
  const leave = () =>
    signOut().catch((error: unknown) => toast(`You are still signed in: ${failureOf(error).detail}`, 'error'));
  return (
    <>
      <span class="user" title={`Signed in with the key ${name}, a ${role}`}>
        {name}
      </span>
      <IconButton icon="sign-out" label="Sign out" onClick={leave} />
    </>
  );
}

/** Names the page in the tab. */
export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Trainyard`;
  }, [title]);
}
