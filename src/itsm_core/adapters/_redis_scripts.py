"""The Lua scripts of the Redis store, each one atomic step that checks before it writes.

Redis runs a script as one command, and does not undo it: what can be refused is refused before the
first write. Lua's numbers are floats, so instants and expected versions come and stay as texts of
fixed width, which compare like numbers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from itsm_core.adapters._engine import Prepared
from itsm_core.ports import ANY, NO_STREAM, Timer

__all__ = [
    "CANCEL",
    "CLAIM",
    "LISTED",
    "PUBLISH",
    "RELEASE",
    "SCHEDULE",
    "SENT",
    "SHIFT",
    "WRITE",
    "as_json",
    "batch_of",
    "text_of",
    "timers_of",
]

SHIFT: Final = 1 << 62
"""Makes every instant positive, so that texts of 19 digits sort as instants."""

_COMMON: Final = """
local p = ARGV[1]
local function timer_of(key)
  local raw = redis.call('HGET', p .. 'timers', key)
  return raw and cjson.decode(raw)
end
local function unlist(key, t)
  if t and t.state == 0 then
    redis.call('ZREM', p .. 'due', t.available .. key)
  end
end
local function put(key, t)
  unlist(key, timer_of(key))
  redis.call('HSET', p .. 'timers', key, cjson.encode(t))
  if t.state == 0 then
    redis.call('ZADD', p .. 'due', 0, t.available .. key)
  end
end
local function schedule(timers)
  local changed = 0
  for _, new in ipairs(timers) do
    local t = timer_of(new.key)
    local same = t and t.state == 0 and t.due == new.due and t.stream == new.stream
      and t.data == new.data
    if not (t and t.state == 1) and not same then
      put(new.key, {stream = new.stream, due = new.due, data = new.data, state = 0,
        available = new.due, token = t and t.token + 1 or 0, attempt = 0})
      changed = changed + 1
    end
  end
  return changed
end
local function cancel(keys)
  local cancelled = 0
  for _, key in ipairs(keys) do
    local t = timer_of(key)
    if t and t.state == 0 then
      unlist(key, t)
      t.state = 2
      t.token = t.token + 1
      redis.call('HSET', p .. 'timers', key, cjson.encode(t))
      cancelled = cancelled + 1
    end
  end
  return cancelled
end
"""

WRITE: Final = (
    _COMMON
    + """
-- ARGV: prefix, a claim as JSON or '', and then the batches as JSON.
local batches = cjson.decode(ARGV[3])
local claim = ARGV[2] ~= '' and cjson.decode(ARGV[2])
local done = false
if claim then
  local t = timer_of(claim.key)
  if not t or t.token ~= claim.token or t.state == 2 then return {'lease'} end
  done = t.state == 1
end
-- First everything is checked, on what the batches before would have written.
local versions, keys, messages, new, results = {}, {}, {}, {}, {}
local position = redis.call('LLEN', p .. 'log')
for _, b in ipairs(batches) do
  local known
  if b.key then
    local place = #b.stream .. ':' .. b.stream .. b.key
    known = keys[place] or redis.call('HGET', p .. 'keys:' .. b.stream, b.key)
    if known then
      if string.sub(known, 1, 64) ~= b.digest then return {'key', b.stream, b.key} end
      table.insert(results, '1' .. string.sub(known, 65))
    end
  end
  if not known then
    if done then return {'lease'} end
    local version = versions[b.stream] or redis.call('LLEN', p .. 'stream:' .. b.stream)
    if b.expected and b.expected ~= string.format('%.0f', version) then
      return {'conflict', b.stream, b.shown, string.format('%.0f', version)}
    end
    for _, m in ipairs(b.messages) do
      local there = messages[m.place] or redis.call('HGET', p .. 'messages', m.place)
      if there and there ~= m.text then return {'message', m.name} end
      messages[m.place] = m.text
    end
    local last = version + #b.events
    position = position + #b.events
    local figures = string.format('|%.0f|%.0f|%.0f', version + 1, last, position)
    versions[b.stream] = last
    if b.key then keys[#b.stream .. ':' .. b.stream .. b.key] = b.digest .. figures end
    table.insert(results, '0' .. figures)
    table.insert(new, {b, version, figures})
  end
end
-- From here on nothing is refused.
if claim and not done then
  local t = timer_of(claim.key)
  unlist(claim.key, t)
  t.state = 1
  redis.call('HSET', p .. 'timers', claim.key, cjson.encode(t))
end
for _, item in ipairs(new) do
  local b, version, figures = item[1], item[2], item[3]
  for n, payload in ipairs(b.events) do
    local at = redis.call('RPUSH', p .. 'log',
      string.format('%.0f|%.0f|', #b.stream, version + n) .. b.stream .. payload)
    redis.call('RPUSH', p .. 'stream:' .. b.stream, string.format('%.0f|', at) .. payload)
  end
  if b.key then redis.call('HSET', p .. 'keys:' .. b.stream, b.key, b.digest .. figures) end
  for _, m in ipairs(b.messages) do
    if redis.call('HSETNX', p .. 'messages', m.place, m.text) == 1 then
      local number = redis.call('INCR', p .. 'message_number')
      redis.call('ZADD', p .. 'unsent', number, string.format('%016.0f', number) .. m.text)
    end
  end
  cancel(b.cancel)
  schedule(b.schedule)
end
return {'ok', results}
"""
)
"""Append batches, and complete the timer that they are the effect of."""

SCHEDULE: Final = _COMMON + "return schedule(cjson.decode(ARGV[2]))"
CANCEL: Final = _COMMON + "return cancel(cjson.decode(ARGV[2]))"

CLAIM: Final = (
    _COMMON
    + """
-- ARGV: prefix, now, end of the lease, limit.
local found = {}
local members = redis.call('ZRANGEBYLEX', p .. 'due', '-', '[' .. ARGV[2] .. '\\255',
  'LIMIT', 0, ARGV[4])
for _, member in ipairs(members) do
  local key = string.sub(member, 20)
  local t = timer_of(key)
  t.available = ARGV[3]
  t.token = t.token + 1
  t.attempt = t.attempt + 1
  put(key, t)
  table.insert(found, key)
  table.insert(found, cjson.encode(t))
end
return found
"""
)

RELEASE: Final = (
    _COMMON
    + """
-- ARGV: prefix, key, token, from when on it can be claimed.
local t = timer_of(ARGV[2])
if not t or string.format('%.0f', t.token) ~= ARGV[3] or t.state ~= 0 then return 0 end
unlist(ARGV[2], t)
t.available = ARGV[4]
t.token = t.token + 1
redis.call('HSET', p .. 'timers', ARGV[2], cjson.encode(t))
redis.call('ZADD', p .. 'due', 0, t.available .. ARGV[2])
return 1
"""
)

SENT: Final = """
local p, marked = ARGV[1], 0
for n = 2, #ARGV do
  marked = marked + redis.call('ZREMRANGEBYSCORE', p .. 'unsent', ARGV[n], ARGV[n])
end
return marked
"""

PUBLISH: Final = """
-- ARGV: prefix, definitions as JSON: place, family, name to show, version, document.
local p, items, seen = ARGV[1], cjson.decode(ARGV[2]), {}
for _, d in ipairs(items) do
  local there = seen[d.place] or redis.call('HGET', p .. 'definitions', d.place)
  if there and there ~= d.document then return {'exists', d.kind, d.shown} end
  seen[d.place] = d.document
end
local new = 0
for _, d in ipairs(items) do
  if redis.call('HSETNX', p .. 'definitions', d.place, d.document) == 1 then
    redis.call('RPUSH', p .. 'versions:' .. d.family, d.version)
    new = new + 1
  end
end
return {'ok', new}
"""

LISTED: Final = """
local p, found = ARGV[1], {}
for _, member in ipairs(redis.call('ZRANGEBYLEX', p .. 'due', '-', '+')) do
  local key = string.sub(member, 20)
  table.insert(found, key)
  table.insert(found, redis.call('HGET', p .. 'timers', key))
end
return found
"""
"""List what waits, in one step: between two commands a timer may be done."""


def batch_of(prepared: Prepared) -> dict[str, object]:
    """Return a batch as the script takes it; what is left out is no condition."""
    batch, payloads, digest, messages = prepared
    found: dict[str, object] = {
        "stream": batch.stream,
        "events": payloads,
        "digest": digest.hex(),
        "messages": [
            {"place": place.hex(), "text": text, "name": f"{one.source} {one.message_id}"}
            for (place, text), one in zip(messages, batch.messages, strict=True)
        ],
        "schedule": timers_of(batch.schedule),
        "cancel": batch.cancel,
    }
    if batch.key is not None:
        found["key"] = batch.key
    if batch.expected_version is not ANY:
        is_new = batch.expected_version is NO_STREAM
        found["expected"] = "0" if is_new else str(batch.expected_version)
        found["shown"] = "0 (no stream)" if is_new else str(batch.expected_version)
    return found


def timers_of(timers: Iterable[Timer]) -> list[dict[str, str]]:
    """Return timers as the scripts take them."""
    return [
        {"key": one.key, "stream": one.stream, "due": text_of(one.due_us), "data": one.data}
        for one in timers
    ]


def text_of(microseconds: int) -> str:
    """Return an instant as a text of fixed width."""
    return f"{microseconds + SHIFT:019}"


def as_json(value: object) -> str:
    """Return what Lua reads with cjson."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
