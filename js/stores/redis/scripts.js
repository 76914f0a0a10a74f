// The scripts of the Redis store: the server runs each alone, with nothing in between.
//
// KEYS, the same for every script: the records (a hash of version and text in one value), which are the truth; made
// from them, the versions (a hash) and the keys (a sorted set); what changed last (a sorted set of keys by the number
// of their last write); the counter (a string of words).
//
// The counter's words: an epoch, which is another after each loss of the counter; a number, which grows with each
// batch; the number up to which changes are forgotten; and how far these scripts have moved the sizes of the other four
// keys. If a size has moved further, something else has written or removed: a flush or an eviction, for example.
//
// A script that fails keeps what it wrote, so everything that can fail is checked first: the types of the five here,
// memory and a read-only server by Redis itself at the first write.

import { VERSION_LENGTH } from "../../core/store-contract.js";

/** The most changes that are remembered. */
const MOST_CHANGES = 10_000;
// The server does nothing else while a script runs: a page with more ends early, and more changes are not listed.
const PAGE_BYTES = 4_194_304;
const FEED_BYTES = 33_554_432;
/** About how many entries one slice of a scan has. */
const SLICE = 200;

const COMMON = `
local records, versions, keys, changes, counter = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]

local function sizesNow()
  return {
    redis.call("HLEN", records), redis.call("HLEN", versions), redis.call("ZCARD", keys), redis.call("ZCARD", changes)
  }
end

local function agree(sizes)
  return sizes[1] == sizes[2] and sizes[1] == sizes[3]
end

local function stateNow()
  local words = {}
  for word in string.gmatch(redis.call("GET", counter) or "", "%S+") do words[#words + 1] = word end
  local state = { epoch = words[1], number = tonumber(words[2]), forgotten = tonumber(words[3]), moved = {} }
  for at = 1, 4 do state.moved[at] = tonumber(words[at + 3]) end
  if state.number and state.forgotten and #state.moved == 4 then return state end
  return { isLost = true, epoch = "", number = 0, forgotten = 0, moved = { 0, 0, 0, 0 } }
end

local function keep(state, call)
  local moved = state.moved
  return (call or redis.call)("SET", counter, string.format(
    "%s %.0f %.0f %.0f %.0f %.0f %.0f",
    state.epoch, state.number, state.forgotten, moved[1], moved[2], moved[3], moved[4]
  ))
end

local function versionOf(value)
  return string.sub(value, 1, ${VERSION_LENGTH})
end
`;

// `put` and `note` are for scripts that write. `changed` are the keys that were written or removed, `epoch` is for a
// counter that was lost, `remembered` is how many changes there were.
const NOTE = `
local function put(state, at, command, words)
  for from = 1, #words, 1000 do
    local added = redis.call(command, KEYS[at], unpack(words, from, math.min(from + 999, #words)))
    state.moved[at] = state.moved[at] + added
  end
end

local function note(state, remembered, changed, epoch)
  if state.isLost then
    redis.call("DEL", changes)
    state.epoch, remembered = epoch, 0
  end
  state.number = state.number + 1
  local number, words, moved = string.format("%.0f", state.number), {}, state.moved[4]
  for at, key in ipairs(changed) do words[at * 2 - 1], words[at * 2] = number, key end
  put(state, 4, "ZADD", words)
  local tooMany = remembered + state.moved[4] - moved - ${MOST_CHANGES}
  if tooMany > 0 then
    state.forgotten = tonumber(redis.call("ZRANGE", changes, tooMany - 1, tooMany - 1, "WITHSCORES")[2])
    state.moved[4] = state.moved[4] - redis.call("ZREMRANGEBYRANK", changes, 0, tooMany - 1)
  end
  keep(state)
end
`;

/** ARGV: an epoch, then key, version and text of each entry, no key twice. Returns 1 for each that it wrote, otherwise 0. */
export const WRITE_NEWER = `${COMMON}${NOTE}
local sizes, state = sizesNow(), stateNow()
local function isNewer(version, held)
  if not held then return true end
  held = versionOf(held)
  return version > held or #held < ${VERSION_LENGTH} or not string.find(held, "^[0-9a-f]+%-[0-9a-f]+$")
end
local answers, changed, values, itsVersions, scores = {}, {}, {}, {}, {}
for at = 2, #ARGV, 3 do
  local key, version, text = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local newer = isNewer(version, redis.call("HGET", records, key))
  answers[#answers + 1] = newer and 1 or 0
  if newer then
    local last = #changed * 2
    changed[#changed + 1] = key
    values[last + 1], values[last + 2] = key, version .. text
    itsVersions[last + 1], itsVersions[last + 2] = key, version
    scores[last + 1], scores[last + 2] = "0", key
  end
end
if #changed == 0 then return answers end
put(state, 1, "HSET", values)
put(state, 2, "HSET", itsVersions)
put(state, 3, "ZADD", scores)
note(state, sizes[4], changed, ARGV[1])
return answers`;

/** ARGV: an epoch, then key and version of each entry. */
export const REMOVE = `${COMMON}${NOTE}
local sizes, state = sizesNow(), stateNow()
local changed = {}
for at = 2, #ARGV, 2 do
  local key, version = ARGV[at], ARGV[at + 1]
  if versionOf(redis.call("HGET", records, key) or "") == version then
    local moved = state.moved
    moved[1] = moved[1] - redis.call("HDEL", records, key)
    moved[2] = moved[2] - redis.call("HDEL", versions, key)
    moved[3] = moved[3] - redis.call("ZREM", keys, key)
    changed[#changed + 1] = key
  end
end
if #changed > 0 then note(state, sizes[4], changed, ARGV[1]) end`;

/**
 * ARGV: a mark's place and number, or "" and "0", and an epoch. Returns the place and number of now,
 * how many scripts were sent by `eval`, and then, if it can tell, the keys that were written or removed since, each with
 * its version or "" if it is gone.
 *
 * The place has all that makes numbers comparable: the server's run, because after a restart the data may be older; the
 * epoch; and how far each size has moved without these scripts. A counter that is lost, or was never there, begins anew
 * here if the server allows it: a full one and a replica do not.
 */
export const CHANGES = `${COMMON}
local sizes, state = sizesNow(), stateNow()
if state.isLost then
  state.epoch = ARGV[3]
  if keep(state, redis.pcall).err then state.epoch = "" else redis.call("DEL", changes) end
  sizes[4] = redis.call("ZCARD", changes)
end
local function infoOf(section, pattern) -- which the user may not ask, perhaps
  local info = redis.pcall("INFO", section)
  return type(info) == "string" and string.match(info, pattern) or ""
end
local place = { infoOf("server", "run_id:(%w+)"), state.epoch }
for at = 1, 4 do place[#place + 1] = string.format("%.0f", sizes[at] - state.moved[at]) end
place = table.concat(place, ":")
local evals = infoOf("commandstats", "cmdstat_eval:calls=(%d+)")
local answer = { place, string.format("%.0f", state.number), evals }
local since = tonumber(ARGV[2])
if ARGV[1] ~= place or since > state.number or since < state.forgotten or not agree(sizes) then return answer end
local feed, bytes = {}, 0
if since < state.number then
  for _, key in ipairs(redis.call("ZRANGEBYSCORE", changes, "(" .. ARGV[2], "+inf")) do
    local value = redis.call("HGET", records, key) or ""
    bytes = bytes + #value
    if bytes > ${FEED_BYTES} then return answer end
    feed[#feed + 1] = key
    feed[#feed + 1] = versionOf(value)
  end
end
answer[4] = feed
return answer`;

/**
 * ARGV: the key to go on after, percent-encoded, or ""; a count; "keys" or "versions". Returns the key to go on after, or
 * "" after the last, then keys, or key and version of each record; nothing if the keys are not those of the records.
 */
export const PAGE = `${COMMON}
if not agree(sizesNow()) then return {} end
local function encode(key)
  return (string.gsub(key, "[^%w]", function(char) return string.format("%%%02X", string.byte(char)) end))
end
local function decode(text)
  return (string.gsub(text, "%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end
local after = ARGV[1] == "" and "-" or "(" .. decode(ARGV[1])
local found = redis.call("ZRANGEBYLEX", keys, after, "+", "LIMIT", 0, ARGV[2])
local last = #found == tonumber(ARGV[2]) and encode(found[#found]) or ""
if ARGV[3] == "keys" then return { last, found } end
local pairs, bytes = {}, 0
for at, key in ipairs(found) do
  local value = redis.call("HGET", records, key)
  if value then
    pairs[#pairs + 1] = key
    pairs[#pairs + 1] = versionOf(value)
    bytes = bytes + #value
  end
  if bytes > ${PAGE_BYTES} and at < #found then return { encode(key), pairs } end
end
return { last, pairs }`;

/** ARGV: keys. Returns the values of the records, as HMGET does. */
export const READ = `
local values = {}
for at, key in ipairs(ARGV) do values[at] = redis.call("HGET", KEYS[1], key) end
return values`;

/**
 * ARGV: what to go through, "records", "versions" or "keys", and a cursor. Repairs one slice of what is made from the
 * records: what a record lacks is added, what has no record is removed. Returns the next cursor, "0" at the end, and 1 if
 * all is right by then, otherwise 0.
 */
export const MEND = `${COMMON}
sizesNow()
local state, slice = stateNow(), nil
local moved = state.moved
if ARGV[1] == "records" then
  slice = redis.call("HSCAN", records, ARGV[2], "COUNT", ${SLICE})
  for at = 1, #slice[2], 2 do
    local key, version = slice[2][at], versionOf(slice[2][at + 1])
    if redis.call("HGET", versions, key) ~= version then
      moved[2] = moved[2] + redis.call("HSET", versions, key, version)
    end
    moved[3] = moved[3] + redis.call("ZADD", keys, 0, key)
  end
else
  local place = ARGV[1] == "versions" and 2 or 3
  slice = redis.call(place == 2 and "HSCAN" or "ZSCAN", KEYS[place], ARGV[2], "COUNT", ${SLICE})
  for at = 1, #slice[2], 2 do
    local key = slice[2][at]
    if redis.call("HEXISTS", records, key) == 0 then
      moved[place] = moved[place] - redis.call(place == 2 and "HDEL" or "ZREM", KEYS[place], key)
    end
  end
end
if not state.isLost then keep(state) end
return { slice[1], agree(sizesNow()) and 1 or 0 }`;
