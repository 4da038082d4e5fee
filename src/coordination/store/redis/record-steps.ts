// The steps of records, in Lua.

/**
 * Of each collection: `values`, hash of key to when it was made, changed and is over, and the value as JSON, which is never decoded here; `keys`, for
 * their order by bytes; `ends`, by when they are over.
 */
export const recordSteps = `
local function parts_of(collection)
  return key('values', collection), key('keys', collection), key('ends', collection)
end
local function drop(collection, record)
  local values, keys, ends = parts_of(collection)
  redis.call('HDEL', values, record)
  redis.call('ZREM', keys, record)
  redis.call('ZREM', ends, record)
end
-- Those whose time is over, some at a time: it is part of somebody's step.
local function sweep_records(collection)
  local _, _, ends = parts_of(collection)
  for _, record in ipairs(redis.call('ZRANGEBYSCORE', ends, '-inf', digits(now), 'LIMIT', 0, 100)) do
    drop(collection, record)
  end
end
local function record_of(collection, name)
  local stored = redis.call('HGET', key('values', collection), name)
  if not stored then return nil end
  local created, updated, expires, value = string.match(stored, '^(%d+) (%d+) (%d+) (.*)$')
  if tonumber(expires) <= now then return nil end
  return {
    key = name, createdAt = tonumber(created), updatedAt = tonumber(updated), expiresAt = tonumber(expires), value = value,
  }
end
local function put(record)
  local collection, name = record.collection, record.key
  sweep_records(collection)
  local values, keys, ends = parts_of(collection)
  local before = record_of(collection, name)
  local result = {
    key = name, createdAt = before and before.createdAt or now, updatedAt = now,
    expiresAt = now + record.ttlMillis, value = record.value,
  }
  local times = { digits(result.createdAt), digits(now), digits(result.expiresAt) }
  redis.call('HSET', values, name, table.concat(times, ' ') .. ' ' .. record.value)
  redis.call('ZADD', keys, 0, name)
  redis.call('ZADD', ends, digits(result.expiresAt), name)
  for _, part in ipairs({ values, keys, ends }) do keep(part, record.ttlMillis + DAY) end
  if record.event then append(record.event) end
  return result
end

function steps.put(query)
  local result = {}
  for i, record in ipairs(query.records) do result[i] = put(record) end
  return result
end

function steps.claim(query)
  local record = query.record
  local held = record_of(record.collection, record.key)
  if held then return { won = false, record = held, now = now } end
  if query.before and now >= query.before then return { won = false, now = now } end
  ring('records:' .. record.collection .. ':' .. record.key)
  return { won = true, record = put(record), now = now }
end

function steps.get(query)
  return record_of(query.collection, query.key) or cjson.null
end

function steps.list(query)
  local keys = key('keys', query.collection)
  local from = '[' .. query.prefix
  if query.after and query.after >= query.prefix then from = '(' .. query.after end
  local to = query.prefix == '' and '+' or '(' .. query.prefix .. '\\244\\143\\191\\191'
  local records = {}
  while #records < query.limit do
    local page = redis.call('ZRANGEBYLEX', keys, from, to, 'LIMIT', 0, digits(query.limit))
    for _, name in ipairs(page) do
      local record = record_of(query.collection, name)
      if record and #records < query.limit then records[#records + 1] = record end
    end
    if #page < query.limit then break end
    from = '(' .. page[#page]
  end
  return { now = now, records = records }
end

function steps.remove(query)
  local count = 0
  for _, name in ipairs(query.keys) do
    if record_of(query.collection, name) then count = count + 1 end
    drop(query.collection, name)
  end
  return count
end
`;
