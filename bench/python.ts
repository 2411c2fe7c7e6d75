/** The Python whose libraries are measured: that of `PYTHON=`, or `python3`. */
import { capture } from '../scripts/setup/exec.mjs';

export const python = process.env.PYTHON || 'python3';

/** null if it has no such module. */
export async function versionOf(module: string): Promise<string | null> {
  const { code, output } = await capture(python, ['-c', `import ${module}; print("version", ${module}.__version__)`]);
  return code === 0 ? (/^version ([^+\s]+)/m.exec(output)?.[1] ?? null) : null;
}

export function whyLacking(module: string): string {
  return `${python} cannot import ${module}. PYTHON= names another Python (pip install ${module}).`;
}
