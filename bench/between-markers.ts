/**
 * The document with what was measured between its comments `<!-- name -->` and `<!-- end of name -->`.
 *
 * @throws Error if it has no such place
 */
export function betweenMarkers(document: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name} -->\n`, `<!-- end of ${name} -->`];
  const from = document.indexOf(begin) + begin.length;
  const to = document.indexOf(end);
  if (from < begin.length || to < from) throw new Error(`the document has no place between ${begin.trim()} and ${end}`);
  return `${document.slice(0, from)}\n${text}\n\n${document.slice(to)}`;
}
