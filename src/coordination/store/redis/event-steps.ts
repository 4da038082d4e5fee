// The steps of events, in Lua.

/**
 * `types`: set of types. `events:<type>`: stream of `t` (time) and `v` (the value as JSON, which is never decoded here); the id of an entry is ours
 * with `-0` behind it. A stream that nobody adds to goes with the time of its last event.
 */
export const eventSteps = `
local function remove_if_empty(type)
  if redis.call('XLEN', key('events', type)) > 0 then return end
  redis.call('DEL', key('events', type))
  redis.call('SREM', key('types'), type)
end
local function event_of(type, entry)
  local event = { id = string.match(entry[1], '^%d+'), type = type }
  for i = 1, #entry[2], 2 do
    if entry[2][i] == 't' then event.time = tonumber(entry[2][i + 1]) else event.value = entry[2][i + 1] end
  end
  return event
end

local function append(event)
  local name = key('events', event.type)
  local id = digits(next_id())
  redis.call('XADD', name, 'MAXLEN', digits(event.maxLength), id .. '-0', 't', digits(now), 'v', event.value)
  redis.call('XTRIM', name, 'MINID', digits(math.max(now - event.ttlMillis, 0) * 1000))
  redis.call('PEXPIRE', name, digits(event.ttlMillis))
  redis.call('SADD', key('types'), event.type)
  keep(key('types'), event.ttlMillis + DAY)
  ring('events:' .. event.type)
  ring('events')
  return { id = id, type = event.type, time = now, value = event.value }
end
steps.append = append

function steps.read(query)
  local found = {}
  for type in pairs(set_of(query.types or redis.call('SMEMBERS', key('types')))) do
    local name = key('events', type)
    local entries
    if query.after then
      entries = redis.call('XRANGE', name, '(' .. query.after .. '-0', '+', 'COUNT', digits(query.limit))
    else
      entries = redis.call('XREVRANGE', name, '+', '-', 'COUNT', digits(query.limit))
    end
    for _, entry in ipairs(entries) do found[#found + 1] = event_of(type, entry) end
  end
  local newest = not query.after
  table.sort(found, function(a, b)
    if newest then a, b = b, a end
    return tonumber(a.id) < tonumber(b.id)
  end)
  local count = math.min(#found, query.limit)
  local result = {}
  for i = 1, count do result[newest and count - i + 1 or i] = found[i] end
  return result
end

function steps.streams()
  local types = redis.call('SMEMBERS', key('types'))
  local result = {}
  for _, type in ipairs(types) do
    local name = key('events', type)
    local length = redis.call('XLEN', name)
    if length == 0 then
      redis.call('SREM', key('types'), type)
    else
      local first = event_of(type, redis.call('XRANGE', name, '-', '+', 'COUNT', 1)[1])
      local last = event_of(type, redis.call('XREVRANGE', name, '+', '-', 'COUNT', 1)[1])
      result[#result + 1] = {
        type = type, length = length,
        firstId = first.id, lastId = last.id, firstTime = first.time, lastTime = last.time,
      }
    end
  end
  return result
end

function steps.trim(query)
  local count = redis.call('XTRIM', key('events', query.type), 'MAXLEN', digits(query.maxLength))
  remove_if_empty(query.type)
  return count
end

function steps.deleteEvents(query)
  local name = key('events', query.type)
  local count = 0
  if query.ids then
    for _, id in ipairs(query.ids) do count = count + redis.call('XDEL', name, id .. '-0') end
    remove_if_empty(query.type)
  else
    count = redis.call('XLEN', name)
    redis.call('DEL', name)
    redis.call('SREM', key('types'), query.type)
  end
  return count
end
`;
