/** Starts the dashboard. */
import { render } from 'preact';
import { App } from './app.tsx';
import { api, isUnknownUser } from './data/api.ts';
import { me } from './data/session.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/components.css';
import './styles/shell.css';

async function start(): Promise<void> {
  try {
    // Before anything is drawn, so that what the user may not do is not taken away again.
    me.value = await api.me();
  } catch (error) {
    if (isUnknownUser(error)) return;
  }
  const root = document.getElementById('app');
  if (root) render(<App />, root);
}

start();

// A page's chunk may be gone after a rebuild of the API: the new page names the new one.
window.addEventListener('vite:preloadError', (event) => {
  event.preventDefault();
  window.location.reload();
});
