/** The browser's own modal dialog: it keeps the focus inside, closes on Escape and gives the focus back. */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Button } from './button.tsx';
import { failureOf } from './states.tsx';

interface DialogProps {
  title: string;
  open: boolean;
  onClose(): void;
  children: ComponentChildren;
}

export function Dialog({ title, open, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    if (open && !dialog.current?.open) dialog.current?.showModal();
    if (!open) dialog.current?.close();
  }, [open]);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={id} onClose={onClose}>
      {open && (
        <>
          <h2 id={id}>{title}</h2>
          {children}
        </>
      )}
    </dialog>
  );
}

interface ConfirmDialogProps extends DialogProps {
  /** What the button says, as a verb: "Delete job". */
  action: string;
  danger?: boolean;
  /** The dialog closes when it is done, and shows why when it fails. */
  onConfirm(): Promise<void>;
  /** Instead of the error's own words. */
  explain?(error: unknown): ComponentChildren;
}

export function ConfirmDialog(props: ConfirmDialogProps) {
  const { action, danger = false, onConfirm, explain = inItsWords, children, ...dialog } = props;
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const confirm = async () => {
    setBusy(true);
    setError(null);
    try {
      await onConfirm();
      dialog.onClose();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog {...dialog}>
      <div class="muted">{children}</div>
      {error !== null && (
        <p class="field error" role="alert">
          {explain(error)}
        </p>
      )}
      <div class="dialog-actions">
        <Button onClick={dialog.onClose}>Keep</Button>
        <Button look={danger ? 'danger' : 'primary'} busy={busy} onClick={confirm}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}

const inItsWords = (error: unknown): string => failureOf(error).detail;
