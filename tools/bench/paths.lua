-- wrk -s paths.lua <url> -- <file>: asks for the paths of a file, one a line, in turn; reports one line of JSON.
-- A path that ends with {n} is another one each time.
local paths = {}
local at = 0
local n = os.time() * 1000000

function init(args)
  for path in io.lines(args[1]) do
    paths[#paths + 1] = wrk.format("GET", path)
  end
end

function request()
  at = at % #paths + 1
  if not paths[at]:find("{n}", 1, true) then
    return paths[at]
  end
  n = n + 1
  return (paths[at]:gsub("{n}", string.format("%d", n), 1))
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"refused":%d,"errors":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout
  ))
end
