/** The request as a script would send it. */
import { CopyButton } from '../../components/button.tsx';
import { Icon } from '../../components/icon.tsx';
import { curlOf } from './curl.ts';

export function AsJson({ body }: { body: object }) {
  return (
    <details class="card folded">
      <summary class="card-head">
        <Icon name="chevron" />
        <h2>As JSON</h2>
        <span class="muted folded-fields">The request for a script, without what is default anyway</span>
      </summary>
      <div class="card-body stack">
        <Code what="JSON" text={JSON.stringify(body, null, 2)} />
        <Code what="curl command" text={curlOf(window.location.origin, body)} />
      </div>
    </details>
  );
}

function Code({ what, text }: { what: string; text: string }) {
  return (
    <div class="code">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section class="code-text" aria-label={what} tabIndex={0}>
        <pre>{text}</pre>
      </section>
      <CopyButton text={text} what={what} />
    </div>
  );
}
