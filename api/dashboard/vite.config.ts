/** How the dashboard is bundled: to dist/api/dashboard-assets, from where api/dashboard.ts serves it. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { jobSchemaPlugin } from './build/job-schema.ts';

/** The oldest with `light-dark()` in CSS: spring 2024. */
const BROWSERS = ['chrome123', 'firefox120', 'safari17.5'];

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [jobSchemaPlugin()],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  // For the server of `npm run dashboard`: what its scan would find, were it to know Preact's JSX.
  optimizeDeps: {
    noDiscovery: true,
    include: ['preact', 'preact/hooks', 'preact/jsx-dev-runtime', '@preact/signals', 'uplot'],
  },
  build: {
    rolldownOptions: {
      input: ['index.html', 'login.html'].map((page) => fileURLToPath(new URL(page, import.meta.url))),
    },
    outDir: '../../dist/api/dashboard-assets',
    emptyOutDir: true,
    target: BROWSERS,
    cssTarget: BROWSERS,
    // The content security policy knows no data: but for images.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What each page needs: the test of the bundle's size reads it.
    manifest: 'manifest.json',
    reportCompressedSize: false,
  },
});
