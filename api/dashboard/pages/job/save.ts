/** Saves what the API gives only to those who ask for it by Accept: a plain link would get JSON. */
import { toast } from '../../components/toast.tsx';

const KEPT_MS = 60_000;

export async function save(path: string, type: string, fileName: string): Promise<void> {
  try {
    const response = await fetch(path, { headers: { accept: type } });
    if (!response.ok) throw new Error(`the API answers ${response.status}`);
    const link = document.createElement('a');
    link.href = URL.createObjectURL(await response.blob());
    link.download = fileName;
    link.click();
    window.setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
  } catch (error) {
    toast(`${fileName}: ${error instanceof Error ? error.message : String(error)}`, 'error');
  }
}
