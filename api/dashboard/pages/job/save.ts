/** Saves what the API gives only to those who ask for it by Accept: a plain link would get JSON. */
import { failureOf } from '../../components/states.tsx';
import { toast } from '../../components/toast.tsx';

const KEPT_MS = 60_000;

export async function save(fileName: string, content: Promise<BlobPart>): Promise<void> {
  try {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([await content]));
    link.download = fileName;
    link.click();
    window.setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
  } catch (error) {
    toast(`${fileName}: ${failureOf(error).detail}`, 'error');
  }
}
