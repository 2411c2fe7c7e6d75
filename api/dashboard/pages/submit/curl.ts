/** The request for a script or a terminal. */
export function curlOf(origin: string, body: object): string {
  const data = JSON.stringify(body).replaceAll("'", String.raw`'\''`);
  return `curl ${origin}/v1/jobs \\\n  -H 'Content-Type: application/json' \\\n  -d '${data}'`;
}
