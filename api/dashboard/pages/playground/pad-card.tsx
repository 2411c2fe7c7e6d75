/** The pad, what can be done with it, and what the model gets to see of it. */
import { Button } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import type { Picture } from './drawing.ts';
import { isBlank, Pad } from './pad.tsx';
import type { PictureActions } from './picture.ts';
import { Seen } from './seen.tsx';

interface PadCardProps extends PictureActions {
  picture: Picture;
  canUndo: boolean;
  pixels: Uint8Array | null;
}

export function PadCard({ picture, canUndo, pixels, ...actions }: PadCardProps) {
  return (
    <Card title="Picture">
      <div class="pad-card">
        <div class="pad-side">
          <Pad picture={picture} onStart={actions.onStart} onChange={actions.onChange} />
          <div class="row">
            <Button onClick={actions.onClear} disabled={isBlank(picture)}>
              Clear
            </Button>
            <Button onClick={actions.onUndo} disabled={!canUndo}>
              Undo
            </Button>
            <Button onClick={actions.onSample}>Try a test image</Button>
          </div>
        </div>
        <div class="seen-side">
          <Seen pixels={pixels} />
          <p class="muted sample-label" aria-live="polite">
            {picture.kind === 'sample' && (
              <>
                Test image {picture.index}: its label is <b>{picture.label}</b>
              </>
            )}
          </p>
        </div>
      </div>
    </Card>
  );
}
