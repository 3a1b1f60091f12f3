-- One load for every work, run by wrk: `wrk … URL -- PLAN`, where PLAN is a Lua file that returns
--   method, path, headers   of the request; "@@" in path, a header or body stands for a value of the pool
--   body                    form body, or nil
--   pool                    a file of values, one a line, or nil
--   proofs                  a file of proofs ("@proof@"), one a line, each for one request, or nil
--   order                   "once" (each value serves one request), "cycle" (they come round again), or
--                           "chain" (a value is replaced by the refresh token of the answer)
--   expect                  Lua pattern that the body of a right answer matches
--
-- A status outside 2xx, or a body that does not match, is a failure. wrk does not tell which connection
-- an answer came on, so chains queue: a connection takes the oldest token and gives back its successor.
-- `done` prints one line of JSON.

local threads = {}
local plan
local queue, first, last = {}, 1, 0
local proofs, shown = {}, 0
failed, exhausted = 0, 0 -- global: `done` reads them from each thread

function setup(thread)
  threads[#threads + 1] = thread
end

local function give(value)
  last = last + 1
  queue[last] = value
end

local function take()
  if first > last then
    exhausted = exhausted + 1
    return "none-left"
  end
  local value = queue[first]
  queue[first] = nil
  first = first + 1
  if plan.order == "cycle" then
    give(value)
  end
  return value
end

function init(args)
  plan = dofile(args[1])
  if plan.pool then
    for line in io.lines(plan.pool) do
      give(line)
    end
  end
  if plan.proofs then
    for line in io.lines(plan.proofs) do
      proofs[#proofs + 1] = line
    end
  end
end

local function prove()
  shown = shown + 1
  if shown > #proofs then
    exhausted = exhausted + 1
    return "none-left"
  end
  return proofs[shown]
end

local function filled(text, value)
  local at, to = text:find("@@", 1, true)
  if not at then
    return text
  end
  return text:sub(1, at - 1) .. value .. text:sub(to + 1)
end

function request()
  if not plan.pool then
    return wrk.format(plan.method, plan.path, plan.headers, plan.body)
  end
  local value = take()
  local headers = {}
  for name, text in pairs(plan.headers) do
    headers[name] = text == "@proof@" and prove() or filled(text, value)
  end
  return wrk.format(plan.method, plan.path, headers, plan.body and filled(plan.body, value))
end

function response(status, headers, body)
  if status < 200 or status > 299 or not body:find(plan.expect) then
    failed = failed + 1
    return
  end
  if plan.order == "chain" then
    give(body:match('"refresh_token"%s*:%s*"([^"]+)"'))
  end
end

function done(summary, latency)
  local wrong, dry = 0, 0
  for _, thread in ipairs(threads) do
    wrong = wrong + thread:get("failed")
    dry = dry + thread:get("exhausted")
  end
  local errors = summary.errors
  local line = '{"requests":%d,"micros":%d,"wrong":%d,"broken":%d,"exhausted":%d,"p50":%d,"p99":%d,"max":%d}\n'
  io.write(line:format(
    summary.requests, summary.duration, wrong, errors.connect + errors.read + errors.write + errors.timeout,
    dry, latency:percentile(50), latency:percentile(99), latency.max
  ))
end
