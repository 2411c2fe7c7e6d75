/** Light or dark: as the system has it, until the user chooses. public/theme.js applies the choice before the first paint. */
import { signal } from '@preact/signals';

export type Theme = 'light' | 'dark';

const KEY = 'trainyard-theme';
const system = window.matchMedia('(prefers-color-scheme: dark)');

const systemTheme = (): Theme => (system.matches ? 'dark' : 'light');

function chosen(): Theme | null {
  const { theme } = document.documentElement.dataset;
  return theme === 'light' || theme === 'dark' ? theme : null;
}

/** Whatever draws on a canvas reads its colours anew when this changes. */
export const theme = signal<Theme>(chosen() ?? systemTheme());

system.addEventListener('change', () => {
  if (chosen() === null) theme.value = systemTheme();
});

/** Choosing what the system has anyway is to follow the system again. */
export function toggleTheme(): void {
  const next: Theme = theme.peek() === 'dark' ? 'light' : 'dark';
  const followsSystem = next === systemTheme();
  if (followsSystem) delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    if (followsSystem) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, next);
  } catch {
    // Storage is switched off: the choice holds for this page.
  }
  theme.value = next;
}

/** The colour that a custom property stands for now, as canvas understands it: `colorOf('--training')`. */
export function colorOf(property: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${property})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
