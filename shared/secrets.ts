/** The last line of defence before a text goes out to a log or a page: whatever led to it, no secret is in it. */

/** Wherever it stands: after `%20`, an escaped line break or any other letters, too. */
const API_KEY = /ty_[A-Za-z0-9_-]{43}/g;
/** Of a URL of any scheme; not what follows the port in `http://host:3000/@name`. */
const PASSWORD_IN_URL = /(:\/\/[^\s:/@"]*):(?!\d+[/?#])[^\s"]*@/g;

export function withoutSecrets(text: string): string {
  return text.replaceAll(API_KEY, 'ty_(not shown)').replaceAll(PASSWORD_IN_URL, '$1:(not shown)@');
}

/** The beginning of a text. Cut first, half a key would be left, which nothing recognizes. */
export function beginningOf(text: string, length: number): string {
  return withoutSecrets(text).slice(0, length);
}
