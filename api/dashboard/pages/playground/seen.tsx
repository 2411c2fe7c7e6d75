/** The 28×28 pixels that the model gets, enlarged. */
import { useEffect, useRef } from 'preact/hooks';
import { imageOf } from './pad.tsx';

const SIDE = 28;

export function Seen({ pixels }: { pixels: Uint8Array | null }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    context?.clearRect(0, 0, SIDE, SIDE);
    if (pixels !== null) context?.drawImage(imageOf(pixels), 0, 0);
  }, [pixels]);
  return (
    <figure class="seen">
      <canvas ref={canvas} width={SIDE} height={SIDE} role="img" aria-label="The picture as the model sees it" />
      <figcaption>
        <b>What the model sees</b>
        <span class="muted">28 × 28 pixels, fitted and centred as MNIST’s digits are</span>
      </figcaption>
    </figure>
  );
}
