-- POST the lines of a file in turn, each a request's body; tell the outcome as one line of JSON.

local requests, turn = {}, 0

function init(arguments)
    local headers = { ["Content-Type"] = "application/json" }
    for body in io.lines(arguments[1]) do
        requests[#requests + 1] = wrk.format("POST", nil, headers, body)
    end
end

function request()
    turn = turn % #requests + 1
    return requests[turn]
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        '\n{"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "refused": %d, ' ..
        '"connect": %d, "read": %d, "write": %d, "timeout": %d}\n',
        summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
        errors.status, errors.connect, errors.read, errors.write, errors.timeout))
end
