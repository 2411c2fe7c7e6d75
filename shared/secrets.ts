/** The last line of defence before a text goes out to a log or a page: whatever led to it, no secret is in it. */

const API_KEY = /\bty_[A-Za-z0-9_-]{43}/g;
const PASSWORD_IN_URL = /(\brediss?:\/\/[^\s:/@"]*):[^\s"]*@/g;

export function withoutSecrets(text: string): string {
  return text.replaceAll(API_KEY, 'ty_(not shown)').replaceAll(PASSWORD_IN_URL, '$1:(not shown)@');
}
