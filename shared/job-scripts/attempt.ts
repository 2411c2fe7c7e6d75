/**
 * What a worker writes while it runs an attempt. Its writes are fenced: they count only while BullMQ's lock holds the
 * worker's token and the attempt is still the latest.
 */
import { FAILURE_BUDGET, NO_ENGINE_BUDGET } from '../jobs.ts';
import { defineScript } from '../redis.ts';
import { PRELUDE } from './prelude.ts';

/** ARGV[4] lock key's token, ARGV[5] attempt; KEYS[2] the lock. Returns 'lost' when the writer no longer has the job. */
const FENCE = `
if redis.call('GET', KEYS[2]) ~= ARGV[4] or get('attempt') ~= ARGV[5] or get('state') ~= 'active' then return 'lost' end
set('beatAt', now)
`;

/**
 * A worker took the job. KEYS[2] the lock; ARGV[4] token, ARGV[5] worker.
 * Returns {'begun', attempt, since when it waited in ms or ''} or {'missing'} | {'lost'} | {'ended', state}.
 */
export const beginScript = defineScript(`${PRELUDE}
if redis.call('EXISTS', record) == 0 then return { 'missing' } end
if redis.call('GET', KEYS[2]) ~= ARGV[4] then return { 'lost' } end
local state = get('state')
if state == 'completed' or state == 'failed' or state == 'cancelled' then return { 'ended', state } end
if state == 'active' and buryWorker() then return { 'ended', 'failed' } end
if cancelIfAsked() then return { 'ended', 'cancelled' } end
local since = redis.call('ZSCORE', prefix .. ':jobs:waiting:' .. get('queue'), id) or get('delayedUntil') or ''
local attempt = redis.call('HINCRBY', record, 'attempt', 1)
redis.call('HSET', record .. ':attempts', attempt, cjson.encode({
  attempt = attempt, worker = ARGV[5], startedAt = iso,
  endedAt = cjson.null, outcome = cjson.null, reason = cjson.null,
}))
set('worker', ARGV[5], 'attemptStartedAt', now, 'beatAt', now)
redis.call('HSETNX', record, 'startedAt', now)
clear('delayedUntil')
move('active', nil)
return { 'begun', attempt, since }
`);

/** Fenced. ARGV[6] latest or '', ARGV[7] progress or '', ARGV[8…] events. Returns 'ok', 'cancel' or 'lost'. */
export const updateScript = defineScript(`${PRELUDE}${FENCE}
if ARGV[6] ~= '' then set('latest', ARGV[6]) end
if ARGV[7] ~= '' then set('progress', ARGV[7]) end
for i = 8, #ARGV do append(ARGV[i]) end
if get('cancelRequestedAt') then return 'cancel' end
return 'ok'
`);

/**
 * Fenced. ARGV[6] epoch, ARGV[7] row, ARGV[8] its event. An epoch that is run again, after its worker died before the
 * next checkpoint, keeps the row and the event of the first time: metrics, events and record always agree.
 * ARGV[9] latest, ARGV[10] progress.
 */
export const epochScript = defineScript(`${PRELUDE}${FENCE}
set('latest', ARGV[9], 'progress', ARGV[10])
if redis.call('HSETNX', record .. ':epochs', ARGV[6], ARGV[7]) == 1 then
  set('latestEpoch', ARGV[7])
  append(ARGV[8])
end
if get('cancelRequestedAt') then return 'cancel' end
return 'ok'
`);

/** Fenced. ARGV[6] name, ARGV[7] CommittedCheckpoint, ARGV[8] its event, ARGV[9] name of the best or ''. */
export const commitScript = defineScript(`${PRELUDE}${FENCE}
redis.call('HSET', record .. ':checkpoints', ARGV[6], ARGV[7])
set('checkpoint', ARGV[6])
if ARGV[9] ~= '' then set('bestCheckpoint', ARGV[9]) else clear('bestCheckpoint') end
append(ARGV[8])
if get('cancelRequestedAt') then return 'cancel' end
return 'ok'
`);

/**
 * Fenced: the spec's reference is settled to one checkpoint, which is kept from now on. ARGV[6] the job that has it,
 * ARGV[7] its name, ARGV[8] ResolvedCheckpoint, ARGV[9] an event. Returns 'ok', or 'gone' if it is not kept any more.
 */
export const resolveScript = defineScript(`${PRELUDE}${FENCE}
local other = prefix .. ':job:' .. ARGV[6]
if redis.call('HEXISTS', other .. ':checkpoints', ARGV[7]) == 0 then return 'gone' end
redis.call('HSET', other .. ':referrers', id, ARGV[7])
set('resolvedCheckpoint', ARGV[8])
append(ARGV[9])
return 'ok'
`);

/**
 * Fenced. ARGV[6…] names of checkpoints that the spec does not ask to be kept any more. Those that other jobs refer to
 * stay. Returns the names of those that are forgotten, with commas between.
 */
export const pruneCheckpointsScript = defineScript(`${PRELUDE}${FENCE}
local referred, forgotten = {}, {}
for _, name in ipairs(redis.call('HVALS', record .. ':referrers')) do referred[name] = true end
for i = 6, #ARGV do
  if not referred[ARGV[i]] then
    redis.call('HDEL', record .. ':checkpoints', ARGV[i])
    table.insert(forgotten, ARGV[i])
  end
end
return table.concat(forgotten, ',')
`);

/** Fenced. ARGV[6…] names of damaged checkpoints. */
export const forgetCheckpointsScript = defineScript(`${PRELUDE}${FENCE}
for i = 6, #ARGV do redis.call('HDEL', record .. ':checkpoints', ARGV[i]) end
return 'ok'
`);

/** Fenced. ARGV[6] result as JSON. */
export const completeScript = defineScript(`${PRELUDE}${FENCE}
set('result', ARGV[6])
clear('error')
closeAttempt('completed', nil, now)
finish('completed', nil)
return 'ok'
`);

/** Fenced: the user's cancellation took effect. */
export const cancelledScript = defineScript(`${PRELUDE}${FENCE}
closeAttempt('cancelled', 'cancelled by the user', now)
finish('cancelled', 'cancelled by the user')
return 'ok'
`);

/**
 * Fenced: its worker could not have the engine, another may; back to the head of the queue. ARGV[6] reason. A job whose
 * own demand ends the process that opens the engine would go round for ever: the tenth time ends it.
 * Returns 'waiting', 'failed' or, if the user has asked for it meanwhile, 'cancelled'.
 */
export const giveBackWithoutEngineScript = defineScript(`${PRELUDE}${FENCE}
closeAttempt('given-back', ARGV[6], now)
local times = redis.call('HINCRBY', record, 'withoutEngine', 1)
if cancelIfAsked() then return 'cancelled' end
if times >= ${NO_ENGINE_BUDGET} then
  fail('engine-unavailable', 'no worker could have its engine in ' .. times .. ' attempts; the latest: ' .. ARGV[6])
  return 'failed'
end
move('waiting', ARGV[6])
return 'waiting'
`);

/**
 * Fenced: interrupted, back to the head of the queue. ARGV[6] reason. Returns 'waiting' or, if the user has asked for it
 * meanwhile, 'cancelled'.
 */
export const giveBackScript = defineScript(`${PRELUDE}${FENCE}
closeAttempt('given-back', ARGV[6], now)
if cancelIfAsked() then return 'cancelled' end
move('waiting', ARGV[6])
return 'waiting'
`);

/**
 * Fenced. ARGV[6] code, ARGV[7] message, ARGV[8] 'permanent' or 'retryable', ARGV[9] back-off in ms of the first
 * failure. Returns 'failed', 'delayed' or, if the user has asked for it meanwhile, 'cancelled'.
 */
export const failScript = defineScript(`${PRELUDE}${FENCE}
closeAttempt('failed', ARGV[7], now)
local failures = redis.call('HINCRBY', record, 'failures', 1)
if ARGV[8] == 'permanent' or failures >= ${FAILURE_BUDGET} then
  fail(ARGV[6], ARGV[7])
  return 'failed'
end
if cancelIfAsked() then return 'cancelled' end
set('error', cjson.encode({ code = ARGV[6], message = ARGV[7] }))
set('delayedUntil', string.format('%d', now + ARGV[9] * 2 ^ (failures - 1)))
move('delayed', ARGV[7])
count('retry failure')
return 'delayed'
`);
