/** What was measured, written into a document. */

/**
 * Between the document's two comments of this name.
 * @param name as in `bench:gpu cpu`
 * @throws Error if it has none
 */
export function withReport(document: string, name: string, report: string): string {
  const [begin, end] = [`<!-- ${name} -->\n`, `<!-- end of ${name} -->`];
  const from = document.indexOf(begin) + begin.length;
  const to = document.indexOf(end);
  if (from < begin.length || to < from) throw new Error(`the document has no place between ${begin.trim()} and ${end}`);
  return `${document.slice(0, from)}\n${report}\n\n${document.slice(to)}`;
}
