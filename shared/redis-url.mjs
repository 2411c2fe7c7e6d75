/** The address of a Redis with what a Secret adds to it. JavaScript, as scripts use it before anything is compiled. */

/**
 * @param {string} url
 * @param {{ REDIS_USERNAME?: string | undefined, REDIS_PASSWORD?: string | undefined }} env fill in what the URL lacks
 * @returns {string}
 */
export function withCredentials(url, { REDIS_USERNAME: username, REDIS_PASSWORD: password }) {
  if (!URL.canParse(url)) return url;
  const whole = new URL(url);
  if (whole.username === '' && username) whole.username = encodeURIComponent(username);
  if (whole.password === '' && password) whole.password = encodeURIComponent(password);
  return whole.href;
}
