// Before the first paint, and a file of its own because the content security policy allows no inline script.
try {
  const theme = localStorage.getItem('trainyard-theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is switched off: the system's theme it is.
}
