/** What stands where there is no content: nothing yet, an error, or something still on its way. */
import type { ComponentChildren } from 'preact';
import { RequestFailed } from '../data/api.ts';
import { Button } from './button.tsx';
import { Icon, type IconName } from './icon.tsx';

interface EmptyStateProps {
  title: string;
  children?: ComponentChildren;
  icon?: IconName;
  heading?: 'h1' | 'h2';
}

export function EmptyState({ title, children, icon = 'inbox', heading: Heading = 'h2' }: EmptyStateProps) {
  return (
    <div class="state">
      <Icon name={icon} size={28} />
      <Heading>{title}</Heading>
      {children}
    </div>
  );
}

export interface Failure {
  title: string;
  detail: string;
  code: string | null;
}

/** Whatever was thrown, in the words of the API's problem+json where there are some. */
export function failureOf(error: unknown): Failure {
  if (error instanceof RequestFailed) {
    const { title, detail, code } = error.problem;
    return { title, detail, code };
  }
  const detail = error instanceof Error ? error.message : String(error);
  return { title: 'The dashboard met an error', detail, code: null };
}

export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { title, detail, code } = failureOf(error);
  return (
    <div class="state" role="alert">
      <Icon name="alert" size={28} />
      <h2>{title}</h2>
      <p>{detail}</p>
      {code !== null && <code>{code}</code>}
      {onRetry && (
        <div class="row">
          <Button icon="retry" onClick={onRetry}>
            Try again
          </Button>
        </div>
      )}
    </div>
  );
}

/** Of the size that the content will have, so that nothing moves when it comes. */
export function Skeleton({ width = '100%', height = '1rem' }: { width?: string; height?: string }) {
  return <span class="skeleton" aria-hidden="true" style={{ width, height }} />;
}
