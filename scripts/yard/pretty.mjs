/** Logs for people: pino's JSON lines in colour and short, everything else as it came. */
import pinoPretty from 'pino-pretty';

/** pino's number for `warn`. */
export const WARN = 40;

/**
 * @param {boolean} colour
 * @returns {(line: string) => { level: number, text: string }} level: pino's, or that of a warning for what is no log line
 */
export function prettyPrinter(colour) {
  const format = pinoPretty.prettyFactory({
    colorize: colour,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname,name',
    singleLine: true,
  });
  return (line) => {
    const level = levelOf(line);
    return level === null ? { level: WARN, text: line } : { level, text: format(line).trimEnd() };
  };
}

/** @param {string} line @returns {number | null} */
function levelOf(line) {
  if (!line.startsWith('{')) return null;
  try {
    const { level } = JSON.parse(line);
    return typeof level === 'number' ? level : null;
  } catch {
    return null;
  }
}
