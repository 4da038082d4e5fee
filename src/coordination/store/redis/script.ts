// The steps of the store as one Lua script, which Redis runs as a whole: nobody sees half of a step. All keys have the hash tag of the first one, so
// that they lie together in a cluster. Needs Redis 6.2. Every key has a time to live of its own beside the expiry that the steps look at: where nobody
// comes any more, nothing stays.
import { eventSteps } from './event-steps.ts';
import { recordSteps } from './record-steps.ts';
import { signalSteps } from './signal-steps.ts';

/**
 * `clock`: hash of `time`, the latest there was; `lead`, by how much the server's clock has been set back; `id`, the latest.
 * Numbers up to 2^53 are exact, and written out in full: Lua would round them.
 */
const COMMON = `
local KEY = KEYS[1]
local DAY = 86400000
local function key(...) return KEY .. ':' .. table.concat({...}, ':') end
local function digits(number) return string.format('%.0f', number) end

local clock = redis.call('HMGET', key('clock'), 'time', 'lead', 'id')
local server = redis.call('TIME')
local machine = tonumber(server[1]) * 1000 + math.floor(tonumber(server[2]) / 1000)
local now = math.max(tonumber(clock[1] or 0), machine + tonumber(clock[2] or 0))
local latest = tonumber(clock[3] or 0)

local function next_id()
  latest = math.max(latest + 1, now * 1000)
  return latest
end
local function ring(topic) redis.call('PUBLISH', key('bell', topic), '') end
local function keep(name, millis)
  if redis.call('PTTL', name) < millis then redis.call('PEXPIRE', name, digits(millis)) end
end
local function set_of(list)
  if not list then return nil end
  local set = {}
  for _, item in ipairs(list) do set[item] = true end
  return set
end

local function tick()
  redis.call('HSET', key('clock'), 'time', digits(now), 'lead', digits(now - machine), 'id', digits(latest))
  keep(key('clock'), 30 * DAY)
end

local steps = {}
function steps.now() return now end
function steps.latestId() return digits(latest) end
`;

const DISPATCH = `
local result = steps[ARGV[1]](cjson.decode(ARGV[2]))
-- A server that is full lets those read who do not write. When its clock was set back, somebody has to write it down.
local looks = set_of({ 'now', 'latestId', 'get', 'list', 'read', 'streams', 'peek', 'pending' })
if not looks[ARGV[1]] or now - machine > tonumber(clock[2] or 0) + 1000 then tick() end
return cjson.encode(result)
`;

/** Its first argument names the step, its second has the parameters as JSON; it returns JSON, in which an empty list may be an empty object. */
export const SCRIPT = [COMMON, eventSteps, recordSteps, signalSteps, DISPATCH].join('\n');
