/** How deep the colour of each cell of a confusion matrix is, in percent. */

/** No deeper, so that the text keeps its contrast. */
export const DEEPEST = 45;

/**
 * What is right is measured by all images of its digit, what is wrong by the most frequent confusion. By roots: a
 * few images already show.
 */
export function depthsOf(confusion: readonly (readonly number[])[]): number[][] {
  const mostWrong = Math.max(
    0,
    ...confusion.flatMap((row, label) => row.filter((_, predicted) => predicted !== label)),
  );
  return confusion.map((row, label) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, predicted) => {
      const whole = predicted === label ? total : mostWrong;
      return whole === 0 ? 0 : Math.round(DEEPEST * Math.sqrt(count / whole));
    });
  });
}
