/** What the commands send to a yard that has API keys: the one in KEY, as the documents call it too. */

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Record<string, string>}
 */
export function keyHeaders({ API_KEYS_FILE, KEY }) {
  return API_KEYS_FILE && KEY ? { authorization: `Bearer ${KEY}` } : {};
}
