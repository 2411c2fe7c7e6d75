/** The picture on the pad, and those before it. It stays when another job is chosen, or another page. */
import { signal } from '@preact/signals';
import { toast } from '../../components/toast.tsx';
import { BLANK, type Drawing, type Picture } from './drawing.ts';
import { anyIndex, loadSample } from './samples.ts';

const MOST_UNDO = 100;

const picture = signal<Picture>(BLANK);
const before = signal<readonly Picture[]>([]);

function put(next: Picture): void {
  before.value = [...before.peek(), picture.peek()].slice(-MOST_UNDO);
  picture.value = next;
}

async function putSample(): Promise<void> {
  const now = picture.peek();
  try {
    put(await loadSample(anyIndex(now.kind === 'sample' ? now.index : null)));
  } catch {
    toast('The test image could not be loaded.', 'error');
  }
}

function undo(): void {
  const last = before.peek().at(-1);
  if (last === undefined) return;
  picture.value = last;
  before.value = before.peek().slice(0, -1);
}

const actions = {
  onStart: put,
  onChange: (drawing: Drawing) => {
    picture.value = drawing;
  },
  onClear: () => put(BLANK),
  onUndo: undo,
  onSample: putSample,
};

export type PictureActions = typeof actions;

export function usePicture(): PictureActions & { picture: Picture; canUndo: boolean } {
  return { ...actions, picture: picture.value, canUndo: before.value.length > 0 };
}
