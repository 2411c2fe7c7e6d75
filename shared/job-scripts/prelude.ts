/**
 * Every change of a job record is one Lua script: it moves record, indexes, attempts and event stream together or not at
 * all. All keys share one hash tag. This is what the scripts have in common.
 */
import { DEAD_WORKER_BUDGET } from '../jobs.ts';
import { PREFIX } from '../keys.ts';

/** Entries of one job's event stream, and of that of all jobs, about. */
const EVENT_LIMIT = 10_000;
const EVENT_LIMIT_OF_ALL = 20_000;
/** Seconds for which the events of an ended job are kept. */
const EVENT_SECONDS = 7 * 24 * 3600;

/** KEYS[1] is the record; ARGV[1] the id, ARGV[2] now in ms, ARGV[3] now as ISO string. */
export const PRELUDE = `
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

-- Ends the job if the user has asked for it; whether that is so.
local function cancelIfAsked()
  if not get('cancelRequestedAt') then return false end
  finish('cancelled', 'cancelled by the user')
  return true
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
