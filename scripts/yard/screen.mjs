/** The terminal: lines that stay, and below them one line that is drawn anew. */

/**
 * @typedef {object} Screen
 * @property {boolean} isTerminal
 * @property {number} columns
 * @property {(text: string) => void} line
 * @property {(text: string | null) => void} status the line at the bottom; null takes it away. On a terminal alone
 */

/**
 * @param {NodeJS.WriteStream} out
 * @returns {Screen}
 */
export function openScreen(out) {
  let status = '';
  const draw = (/** @type {string} */ text) => {
    if (out.isTTY) out.write(`\r\x1b[2K${text}${status}`);
    else out.write(text);
  };
  return {
    isTerminal: out.isTTY === true,
    get columns() {
      return out.columns ?? 80;
    },
    line: (text) => draw(`${text}\n`),
    status(text) {
      if (!out.isTTY || (text ?? '') === status) return;
      status = text ?? '';
      draw('');
    },
  };
}
