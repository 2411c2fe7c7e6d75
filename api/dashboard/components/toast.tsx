/** Short messages on what has just happened, read out by screen readers. `toast('Job deleted')` from anywhere. */
import { signal } from '@preact/signals';
import { IconButton } from './button.tsx';

type Look = 'done' | 'error';

interface Message {
  id: number;
  text: string;
  look: Look;
}

const SHOWN_MS = 4000;
const messages = signal<Message[]>([]);
let lastId = 0;

/** An error stays until it is closed. */
export function toast(text: string, look: Look = 'done'): void {
  lastId += 1;
  const id = lastId;
  messages.value = [...messages.value, { id, text, look }];
  if (look === 'done') window.setTimeout(() => close(id), SHOWN_MS);
}

function close(id: number): void {
  messages.value = messages.value.filter((message) => message.id !== id);
}

export function Toasts() {
  return (
    <div class="toasts" aria-live="polite">
      {messages.value.map(({ id, text, look }) => (
        <div key={id} class="toast" data-look={look}>
          <p>{text}</p>
          <IconButton icon="close" label="Close this message" onClick={() => close(id)} />
        </div>
      ))}
    </div>
  );
}
