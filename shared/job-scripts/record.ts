/** What the API and its reconciler change of a job record. */
import { defineScript } from '../redis.ts';
import { PRELUDE } from './prelude.ts';

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

/**
 * Asked by the user. ARGV[4] names this call: ioredis sends it again where the connection broke before the answer came.
 * Returns the state after it ('active': it was asked of the worker), followed by ' changed' if that is its doing, or
 * 'missing'.
 */
export const cancelScript = defineScript(`${PRELUDE}
if redis.call('EXISTS', record) == 0 then return 'missing' end
local state = get('state')
if get('cancelCall') == ARGV[4] then return state .. ' changed' end
if state == 'waiting' or state == 'delayed' then
  set('cancelCall', ARGV[4])
  finish('cancelled', 'cancelled by the user')
  return 'cancelled changed'
end
if state == 'active' and redis.call('HSETNX', record, 'cancelRequestedAt', now) == 1 then
  set('cancelCall', ARGV[4])
  return 'active changed'
end
return state
`);

/** A failed or cancelled job waits again, with fresh budgets; its checkpoints and epoch rows stay. */
export const retryScript = defineScript(`${PRELUDE}
if redis.call('EXISTS', record) == 0 then return 'missing' end
if get('deletingAt') then return 'deleting' end
local state = get('state')
if state ~= 'failed' and state ~= 'cancelled' then return state end
clear('error', 'result', 'finishedAt', 'cancelRequestedAt', 'delayedUntil')
set('failures', 0, 'deaths', 0, 'withoutEngine', 0, 'activeMs', 0)
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
if cancelIfAsked() then return 'cancelled' end
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
