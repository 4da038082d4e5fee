// The steps of signals, in Lua.

/**
 * `signal:<id>`: hash of what was sent. `queue:<to>` (without a name: to all) and `waiting` (all queues): ids by themselves; `over`: ids by when
 * their time is over. `delivery:<id>`: hash of agent, or '' where all takers share it, to `lease until times`, whose `until` is 0 for what was taken for good.
 */
export const signalSteps = `
local EVERYBODY = ''
local SHARED = ''
local PAGE = 100

local function signal_of(id)
  local s = redis.call('HMGET', key('signal', id), 'type', 'to', 'from', 'value', 'sent', 'expires', 'fromId')
  if not s[1] then return nil end
  local signal = { id = id, type = s[1], to = s[2], value = s[4], sentAt = tonumber(s[5]), expiresAt = tonumber(s[6]) }
  if s[3] then signal.from = s[3] end
  if s[7] then signal.fromId = s[7] end
  return signal
end
local function forget(id, to)
  redis.call('DEL', key('signal', id), key('delivery', id))
  redis.call('ZREM', key('queue', to), id)
  redis.call('ZREM', key('waiting'), id)
  redis.call('ZREM', key('over'), id)
end
local function sweep_signals()
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', key('over'), '-inf', digits(now), 'LIMIT', 0, PAGE)) do
    forget(id, redis.call('HGET', key('signal', id), 'to') or EVERYBODY)
  end
end
local function slot_of(signal, agent)
  return signal.to == EVERYBODY and agent or SHARED
end
local function delivery_of(signal, slot)
  local stored = redis.call('HGET', key('delivery', signal.id), slot)
  if not stored then return nil end
  local lease, until_, times = string.match(stored, '^(%S*) (%d+) (%d+)$')
  return { lease = lease, leasedUntil = tonumber(until_), times = tonumber(times) }
end
local function deliver(signal, slot, lease, leased_until, times)
  redis.call('HSET', key('delivery', signal.id), slot, lease .. ' ' .. digits(leased_until) .. ' ' .. digits(times))
end
local function prolong(signal, expires_at)
  signal.expiresAt = math.max(signal.expiresAt, expires_at)
  local id = signal.id
  redis.call('HSET', key('signal', id), 'expires', digits(signal.expiresAt))
  redis.call('ZADD', key('over'), digits(signal.expiresAt), id)
  local names = { key('signal', id), key('delivery', id), key('queue', signal.to), key('waiting'), key('over') }
  for _, name in ipairs(names) do keep(name, signal.expiresAt - now + DAY) end
end

function steps.send(signal)
  sweep_signals()
  local id = digits(next_id())
  local sent = {
    id = id, type = signal.type, to = signal.to, from = signal.from, fromId = signal.fromId, value = signal.value,
    sentAt = now, expiresAt = now + signal.ttlMillis, deliveries = 0,
  }
  local name = key('signal', id)
  redis.call('HSET', name, 'type', signal.type, 'to', signal.to, 'value', signal.value, 'sent', digits(now))
  if signal.from then redis.call('HSET', name, 'from', signal.from) end
  if signal.fromId then redis.call('HSET', name, 'fromId', signal.fromId) end
  redis.call('ZADD', key('queue', signal.to), id, id)
  redis.call('ZADD', key('waiting'), id, id)
  prolong(sent, sent.expiresAt)
  if signal.event then append(signal.event) end
  ring(signal.to == EVERYBODY and 'signals' or 'signals:' .. signal.to)
  return sent
end

-- Calls fn with each signal of a queue that matches, oldest first, until it returns true.
local function each(queue, types, from, fn)
  local after = '-inf'
  while true do
    local ids = redis.call('ZRANGEBYSCORE', queue, after, '+inf', 'LIMIT', 0, PAGE)
    for _, id in ipairs(ids) do
      local signal = signal_of(id)
      local matches = signal and signal.expiresAt > now
        and (not types or types[signal.type]) and (not from or signal.from == from or signal.fromId == from)
      if matches and fn(signal) then return end
    end
    if #ids < PAGE then return end
    after = '(' .. ids[#ids]
  end
end

local function available(query)
  local found = {}
  local types = set_of(query.types)
  local queues = set_of(query.addresses)
  queues[EVERYBODY] = true
  for to in pairs(queues) do
    local count = 0
    each(key('queue', to), types, query.from, function(signal)
      local delivery = delivery_of(signal, slot_of(signal, query.agent))
      if delivery and (delivery.leasedUntil == 0 or delivery.leasedUntil > now) then return false end
      signal.deliveries = delivery and delivery.times or 0
      found[#found + 1] = signal
      count = count + 1
      return count >= query.limit
    end)
  end
  table.sort(found, function(a, b) return tonumber(a.id) < tonumber(b.id) end)
  for i = #found, query.limit + 1, -1 do found[i] = nil end
  return found
end
steps.peek = available

function steps.take(query)
  sweep_signals()
  local taken = available(query)
  for i, signal in ipairs(taken) do
    local slot = slot_of(signal, query.agent)
    if query.leaseMillis then
      signal.lease = query.leases[i]
      deliver(signal, slot, signal.lease, now + query.leaseMillis, signal.deliveries + 1)
      prolong(signal, now + query.leaseMillis)
    elseif signal.to == EVERYBODY then
      deliver(signal, slot, '', 0, signal.deliveries + 1)
      prolong(signal, 0)
    else
      forget(signal.id, signal.to)
    end
  end
  return taken
end

-- The signal, the slot and the delivery that a lease is of, while it holds.
local function leased(query)
  local signal = signal_of(query.id)
  if not signal or signal.expiresAt <= now then return nil end
  for _, slot in ipairs(redis.call('HKEYS', key('delivery', query.id))) do
    local delivery = delivery_of(signal, slot)
    if delivery.lease == query.lease then return signal, slot, delivery end
  end
end

function steps.finish(query)
  local signal, slot, delivery = leased(query)
  if not signal then return false end
  if signal.to == EVERYBODY then deliver(signal, slot, '', 0, delivery.times) else forget(signal.id, signal.to) end
  return true
end

function steps.release(query)
  local signal, slot, delivery = leased(query)
  if not signal then return false end
  deliver(signal, slot, '', now, delivery.times)
  ring(signal.to == EVERYBODY and 'signals' or 'signals:' .. signal.to)
  return true
end

local function queue_of(query)
  return query.to and key('queue', query.to) or key('waiting')
end

function steps.pending(query)
  local result = {}
  each(queue_of(query), set_of(query.types), query.from, function(signal)
    local delivery = delivery_of(signal, SHARED)
    signal.deliveries = delivery and delivery.times or 0
    if #result < query.limit then result[#result + 1] = signal end
    return #result >= query.limit
  end)
  return result
end

function steps.clear(query)
  sweep_signals()
  local ids = {}
  each(queue_of(query), set_of(query.types), query.from, function(signal) ids[#ids + 1] = signal end)
  for _, signal in ipairs(ids) do forget(signal.id, signal.to) end
  return #ids
end
`;
