/** Starts the dashboard. */
import { render } from 'preact';
import { App } from './app.tsx';
import './styles/tokens.css';
import './styles/base.css';
import './styles/components.css';
import './styles/shell.css';

const root = document.getElementById('app');
if (root) render(<App />, root);

// A page's chunk may be gone after a rebuild of the API: the new page names the new one.
window.addEventListener('vite:preloadError', (event) => {
  event.preventDefault();
  window.location.reload();
});
