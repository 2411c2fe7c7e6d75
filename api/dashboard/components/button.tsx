/** Buttons, with a text or with an icon alone, and links that look like them. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Icon, type IconName } from './icon.tsx';

type Look = 'plain' | 'primary' | 'danger';

interface ButtonProps {
  children: ComponentChildren;
  onClick?: () => void;
  look?: Look;
  icon?: IconName;
  type?: 'button' | 'submit';
  disabled?: boolean;
  /** Its work is under way: it cannot be pressed again, and keeps its width. */
  busy?: boolean;
}

export function Button({ children, onClick, look = 'plain', icon, type = 'button', disabled, busy }: ButtonProps) {
  return (
    <button
      type={type}
      class="button"
      data-look={look}
      disabled={disabled === true || busy === true}
      aria-busy={busy === true}
      onClick={() => onClick?.()}
    >
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

interface LinkButtonProps {
  href: string;
  children: ComponentChildren;
  look?: Look;
  icon?: IconName;
  /** Saved under this name instead of shown. */
  download?: string;
}

export function LinkButton({ href, children, look = 'plain', icon, download }: LinkButtonProps) {
  return (
    <a href={href} class="button" data-look={look} {...(download === undefined ? {} : { download })}>
      {icon && <Icon name={icon} />}
      {children}
    </a>
  );
}

/** @param label what it does, for the tooltip and for screen readers */
export function IconButton({ icon, label, onClick }: { icon: IconName; label: string; onClick: () => void }) {
  return (
    <button type="button" class="icon-button" aria-label={label} title={label} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}

const SHOWN_MS = 1500;

/** @param what as in "Copy the job id" */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    window.setTimeout(() => setCopied(false), SHOWN_MS);
  };
  return <IconButton icon={copied ? 'check' : 'copy'} label={copied ? 'Copied' : `Copy the ${what}`} onClick={copy} />;
}
