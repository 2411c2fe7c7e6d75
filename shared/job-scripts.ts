/**
 * Every change of a job record, as Lua: each moves record, indexes, attempts and event stream together or not
 * at all. Writes of a worker are fenced: they count only while BullMQ's lock holds the worker's token and the
 * attempt is still the latest. All keys share one hash tag.
 */
import { DEAD_WORKER_BUDGET, FAILURE_BUDGET } from './jobs.ts';
import { PREFIX } from './keys.ts';
import { defineScript } from './redis.ts';

/** Entries of one job's event stream, and of that of all jobs, about. */
const EVENT_LIMIT = 10_000;
const EVENT_LIMIT_OF_ALL = 20_000;
/** Seconds for which the events of an ended job are kept. */
export const EVENT_DAYS_AFTER_END = 7;
const EVENT_SECONDS = EVENT_DAYS_AFTER_END * 24 * 3600;

/** KEYS[1] is the record; ARGV[1] the id, ARGV[2] now in ms, ARGV[3] now as ISO string. */
const PRELUDE = `
local record, id, now, iso = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local prefix = '${PREFIX}'

local function get(field) return redis.call('HGET', record, field) end
local function set(...) redis.call('HSET', record, ...) end
local function clear(...) redis.call('HDEL', record, ...) end
local function count(what) redis.call('HINCRBY', prefix .. ':totals', what, 1) end
local function orNull(value) if value and value ~= '' then return value end return cjson.null end

local function appendForAll(json)
  return redis.call('XADD', prefix .. ':events', 'MAXLEN', '~', ${EVENT_LIMIT_OF_ALL}, '*', 'job', id, 'event', json)
end

-- Both streams give an event the same id. The job's own may refuse it, if the stream of all jobs was lost and the clock
-- put back: then it takes one of its own, and readers that went on by the other id start afresh.
local function append(json)
  local own = { 'XADD', record .. ':events', 'MAXLEN', '~', ${EVENT_LIMIT}, appendForAll(json), 'event', json }
  local added = redis.pcall(unpack(own))
  if type(added) == 'table' and added.err then
    own[6] = '*'
    redis.call(unpack(own))
  end
end

local function move(to, reason)
  local from = get('state')
  if from ~= to then
    redis.call('ZREM', prefix .. ':jobs:state:' .. from, id)
    redis.call('ZADD', prefix .. ':jobs:state:' .. to, 0, id)
    set('state', to)
  end
  local waiting = prefix .. ':jobs:waiting:' .. get('queue')
  if to == 'waiting' then redis.call('ZADD', waiting, now, id) else redis.call('ZREM', waiting, id) end
  append(cjson.encode({ type = 'state', attempt = tonumber(get('attempt')), at = iso, state = to, reason = orNull(reason) }))
end

local function closeAttempt(outcome, reason, endedMs)
  local number = get('attempt')
  local attempt = cjson.decode(redis.call('HGET', record .. ':attempts', number))
  attempt.endedAt, attempt.outcome, attempt.reason = iso, outcome, orNull(reason)
  redis.call('HSET', record .. ':attempts', number, cjson.encode(attempt))
  redis.call('HINCRBY', record, 'activeMs', math.max(0, tonumber(endedMs) - tonumber(get('attemptStartedAt'))))
  clear('worker', 'attemptStartedAt', 'beatAt')
  count('attempt ' .. outcome)
end

local function finish(state, reason)
  set('finishedAt', now)
  redis.call('ZADD', prefix .. ':jobs:ended', now, id)
  clear('cancelRequestedAt', 'delayedUntil')
  move(state, reason)
  redis.call('EXPIRE', record .. ':events', ${EVENT_SECONDS})
  count('ended ' .. state)
end

local function fail(code, message)
  set('error', cjson.encode({ code = code, message = message }))
  finish('failed', message)
end

-- The worker of the running attempt is gone: no failure, but the tenth one ends the job.
local function buryWorker()
  closeAttempt('worker-lost', 'the worker died or lost its lock', get('beatAt') or get('attemptStartedAt'))
  local deaths = redis.call('HINCRBY', record, 'deaths', 1)
  if deaths >= ${DEAD_WORKER_BUDGET} then
    fail('worker-lost', 'the job was lost with its worker ' .. deaths .. ' times; see the attempts')
    return true
  end
  return false
end
`;

/**
 * Record, indexes and first event of a new job. ARGV[4] the job that its spec refers to or '', ARGV[5] name of that
 * job's checkpoint where it is known already or ''. KEYS[2], if any, holds for ARGV[7] seconds which job was made of the
 * request with the hash ARGV[6]. ARGV[8…] fields and values of the record.
 * Returns 'created', 'exists', 'reference-missing', 'checkpoint-missing' or what KEYS[2] holds already.
 */
export const createScript = defineScript(`${PRELUDE}
if KEYS[2] then
  local held = redis.call('GET', KEYS[2])
  if held then return held end
end
if redis.call('EXISTS', record) == 1 then return 'exists' end
local target, checkpoint = ARGV[4], ARGV[5]
if target ~= '' then
  local other = prefix .. ':job:' .. target
  if redis.call('EXISTS', other) == 0 or redis.call('HEXISTS', other, 'deletingAt') == 1 then return 'reference-missing' end
  if checkpoint ~= '' and redis.call('HEXISTS', other .. ':checkpoints', checkpoint) == 0 then return 'checkpoint-missing' end
  redis.call('HSET', other .. ':referrers', id, checkpoint)
  set('refersTo', target)
end
redis.call('HSET', record, 'id', id, 'createdAt', now, 'state', 'waiting', 'attempt', 0, 'failures', 0, 'deaths', 0, 'activeMs', 0, unpack(ARGV, 8))
redis.call('ZADD', prefix .. ':jobs', 0, id)
redis.call('ZADD', prefix .. ':jobs:state:waiting', 0, id)
redis.call('ZADD', prefix .. ':jobs:kind:' .. get('kind'), 0, id)
for _, tag in ipairs(cjson.decode(get('tags'))) do redis.call('ZADD', prefix .. ':jobs:tag:' .. tag, 0, id) end
move('waiting', nil)
count('submitted jobs')
if KEYS[2] then redis.call('SET', KEYS[2], ARGV[6] .. ' ' .. id, 'EX', ARGV[7]) end
return 'created'
`);

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
if get('cancelRequestedAt') then
  finish('cancelled', 'cancelled by the user')
  return { 'ended', 'cancelled' }
end
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

/** Fenced: interrupted, back to the head of the queue. ARGV[6] reason. */
export const giveBackScript = defineScript(`${PRELUDE}${FENCE}
closeAttempt('given-back', ARGV[6], now)
if get('cancelRequestedAt') then finish('cancelled', 'cancelled by the user') else move('waiting', ARGV[6]) end
return 'ok'
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
if get('cancelRequestedAt') then
  finish('cancelled', 'cancelled by the user')
  return 'cancelled'
end
set('error', cjson.encode({ code = ARGV[6], message = ARGV[7] }))
set('delayedUntil', string.format('%d', now + ARGV[9] * 2 ^ (failures - 1)))
move('delayed', ARGV[7])
count('retry failure')
return 'delayed'
`);

/** Asked by the user. Returns the state after it ('active': it was asked of the worker), or 'missing'. */
export const cancelScript = defineScript(`${PRELUDE}
if redis.call('EXISTS', record) == 0 then return 'missing' end
local state = get('state')
if state == 'waiting' or state == 'delayed' then
  finish('cancelled', 'cancelled by the user')
  return 'cancelled'
end
if state == 'active' then redis.call('HSETNX', record, 'cancelRequestedAt', now) end
return state
`);

/** A failed or cancelled job waits again, with fresh budgets; its checkpoints and epoch rows stay. */
export const retryScript = defineScript(`${PRELUDE}
if redis.call('EXISTS', record) == 0 then return 'missing' end
if get('deletingAt') then return 'deleting' end
local state = get('state')
if state ~= 'failed' and state ~= 'cancelled' then return state end
clear('error', 'result', 'finishedAt', 'cancelRequestedAt', 'delayedUntil')
set('failures', 0, 'deaths', 0, 'activeMs', 0)
redis.call('ZREM', prefix .. ':jobs:ended', id)
redis.call('PERSIST', record .. ':events')
move('waiting', 'retried by the user')
count('retry user')
return 'retried'
`);

/** From now on an ended job cannot be retried: its files go. Returns 'deleting', 'missing', 'referenced' or its state. */
export const beginRemoveScript = defineScript(`${PRELUDE}
if redis.call('EXISTS', record) == 0 then return 'missing' end
local state = get('state')
if state ~= 'completed' and state ~= 'failed' and state ~= 'cancelled' then return state end
if redis.call('EXISTS', record .. ':referrers') == 1 then return 'referenced' end
-- A Redis that is full lets a script write that has begun by taking away.
clear('deletingAt')
set('deletingAt', now)
return 'deleting'
`);

/** Deletes an ended job's record, rows, events and index entries. Returns 'removed', 'missing' or its state. */
export const removeScript = defineScript(`${PRELUDE}
if redis.call('EXISTS', record) == 0 then return 'missing' end
local state = get('state')
if state ~= 'completed' and state ~= 'failed' and state ~= 'cancelled' then return state end
for _, tag in ipairs(cjson.decode(get('tags'))) do redis.call('ZREM', prefix .. ':jobs:tag:' .. tag, id) end
redis.call('ZREM', prefix .. ':jobs:kind:' .. get('kind'), id)
redis.call('ZREM', prefix .. ':jobs:state:' .. state, id)
redis.call('ZREM', prefix .. ':jobs', id)
redis.call('ZREM', prefix .. ':jobs:ended', id)
if get('refersTo') then redis.call('HDEL', prefix .. ':job:' .. get('refersTo') .. ':referrers', id) end
redis.call('DEL', record, record .. ':epochs', record .. ':attempts', record .. ':checkpoints', record .. ':events')
appendForAll(cjson.encode({ type = 'removed', at = iso }))
return 'removed'
`);

/** For the reconciler: an active job without a lock waits again. ARGV[4] the attempt seen; KEYS[2] the lock. */
export const reclaimScript = defineScript(`${PRELUDE}
if get('state') ~= 'active' or get('attempt') ~= ARGV[4] or redis.call('EXISTS', KEYS[2]) == 1 then return 'held' end
if buryWorker() then return 'failed' end
if get('cancelRequestedAt') then finish('cancelled', 'cancelled by the user') return 'cancelled' end
move('waiting', 'the worker died or lost its lock')
return 'waiting'
`);

/** For the reconciler: a delayed job whose back-off has passed waits. */
export const promoteScript = defineScript(`${PRELUDE}
if get('state') ~= 'delayed' or tonumber(get('delayedUntil')) > tonumber(now) then return 'delayed' end
clear('delayedUntil')
move('waiting', 'its back-off has passed')
return 'waiting'
`);
