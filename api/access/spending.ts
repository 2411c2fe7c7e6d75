/**
 * What has been spent of limits, counted in Redis for all processes of the API together. Those who ask in one turn of the
 * event loop about the same count are answered by one script: under load that is most of what counting costs.
 */
import type { Redis } from 'ioredis';
import { defineScript } from '../../shared/redis.ts';
import { together } from '../../shared/together.ts';

export interface Spending {
  /** Of the count. */
  key: string;
  amount: number;
  limit: number;
  /** Begins with what is spent first, and ends with the count. */
  windowMs: number;
}

export interface Spent {
  /** Of the limit, before this. Where the amount is more than was left, nothing of it is spent. */
  before: number;
  /** Until the count is 0; not above 0 if it is now. */
  leftMs: number;
}

/** KEYS[1] the count; ARGV: limit, window in ms, amounts. Returns the ms until the count is 0, and what it was before each. */
const spendScript = defineScript(`
local limit = tonumber(ARGV[1])
local before = tonumber(redis.call('GET', KEYS[1]) or 0)
local spent, reply = before, { 0 }
for i = 3, #ARGV do
  reply[#reply + 1] = spent
  if spent + ARGV[i] <= limit then spent = spent + ARGV[i] end
end
if spent > before then redis.call('INCRBY', KEYS[1], spent - before) end
if before == 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
reply[1] = redis.call('PTTL', KEYS[1])
return reply
`);

export type Spend = (spending: Spending) => Promise<Spent>;

/** @returns what fails as Redis does */
export function createSpending(redis: Redis): Spend {
  async function spendOfOne(key: string, asked: readonly Spending[]): Promise<Spent[]> {
    const [{ limit, windowMs }] = asked as [Spending];
    const amounts = asked.map(({ amount }) => amount);
    const [leftMs = 0, ...befores] = (await spendScript(redis, [key], [limit, windowMs, ...amounts])) as number[];
    return befores.map((before) => ({ before, leftMs }));
  }

  return together(async (asked) => {
    const answers = new Map<Spending, Spent>();
    const spend = async (key: string) => {
      const ofKey = asked.filter((spending) => spending.key === key);
      const spent = await spendOfOne(key, ofKey);
      for (const [i, spending] of ofKey.entries()) answers.set(spending, spent[i] as Spent);
    };
    await Promise.all([...new Set(asked.map(({ key }) => key))].map(spend));
    return asked.map((spending) => answers.get(spending) as Spent);
  });
}
