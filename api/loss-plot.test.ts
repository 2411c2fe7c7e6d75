import { describe, expect, it } from 'vitest';
import { lossPlot, type PlottedEpoch } from './loss-plot.ts';

const epochs = (count: number): PlottedEpoch[] =>
  Array.from({ length: count }, (_, i) => ({
    epoch: i + 1,
    trainLoss: 1 + 1.2 / (i + 1),
    validationLoss: 1.05 + (i === 2 ? 0.1 : 1.1 / (i + 1)),
  }));
const numberOf = (svg: string, pattern: RegExp) => [...svg.matchAll(pattern)].length;
/** Every place of every line and dot. */
const places = (svg: string) =>
  [...svg.matchAll(/<(?:path class="line|circle|rect class="dot)[^>]*>/g)].flatMap(([element]) =>
    (element.match(/-?\d+(\.\d+)?(?=[ "L])/g) ?? []).map(Number),
  );

describe('the plot of the losses', () => {
  it('has the title, axes and legend of the post, and says in words what it shows', () => {
    const svg = lossPlot('first', epochs(20), 'auto');
    expect(svg).toContain('role="img" aria-labelledby="title desc"');
    expect(svg).toContain('<title id="title">Training and Validation Loss of first</title>');
    expect(svg).toContain(
      '<desc id="desc">Over 20 epochs the training loss goes from 2.2 to 1.06, the validation loss from 2.15 to 1.105; the lowest validation loss, 1.105, is that of epoch 20.</desc>',
    );
    for (const text of ['Training and Validation Loss', 'Epochs', 'Loss', 'Training loss', 'Validation loss']) {
      expect(svg).toContain(`>${text}</text>`);
    }
  });

  it.each([
    [1, 0, 2],
    [2, 2, 4],
    [40, 2, 80],
    [41, 2, 0],
    [1000, 2, 0],
  ])('of %i epochs has %i lines and %i dots, all inside', (count, lines, dots) => {
    const svg = lossPlot('first', epochs(count), 'light');
    // two of each belong to the legend
    expect(numberOf(svg, /<path class="line/g) - 2).toBe(lines);
    expect(numberOf(svg, /class="dot/g) - 2).toBe(dots);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(Math.min(...places(svg))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...places(svg))).toBeLessThanOrEqual(720);
  });

  it('of no epochs says so, and has no legend', () => {
    const svg = lossPlot('first', [], 'light');
    expect(svg).toContain('>No epoch is done yet</text>');
    expect(svg).not.toContain('class="line');
  });

  it('is in the colours of its theme, or of the reader’s', () => {
    const [auto, light, dark] = (['auto', 'light', 'dark'] as const).map((theme) =>
      lossPlot('first', epochs(3), theme),
    );
    expect(auto).toMatch(/\.ground\{fill:#ffffff\}.*@media \(prefers-color-scheme:dark\)\{\.ground\{fill:#14181d\}/);
    expect(light).toContain('.ground{fill:#ffffff}');
    expect(dark).toContain('.ground{fill:#14181d}');
    expect(light).not.toContain('@media');
    expect(dark).not.toContain('@media');
  });

  it('shows a name as it is, whatever is in it', () => {
    const svg = lossPlot(`</title><script>alert("1")</script> & 'x' \uffff\u0000`, epochs(2), 'light');
    expect(svg).toContain(
      'of &lt;/title&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39; </title>',
    );
    expect(svg).not.toContain('<script');
  });
});
