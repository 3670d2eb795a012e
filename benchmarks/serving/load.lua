-- Send the requests of a file in turn, each behind its length; tell the outcome as a line of JSON.

local requests, turn = {}, 0

function init(arguments)
    local file = assert(io.open(arguments[1], "rb"))
    for length in function() return file:read("*l") end do
        requests[#requests + 1] = file:read(tonumber(length))
    end
    file:close()
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
