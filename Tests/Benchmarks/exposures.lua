-- One exposure a request, each under an id that nobody had before: 32 hexadecimal digits of chance.
-- Told `assignments` behind `--`, one assignment a request, of as many bytes: what is only dealt.
local threads = 0
local tail = '","arm":"treatment","at":"2026-03-01T12:00:00Z"}'

function setup(thread)
    thread:set("seed", os.time() * 64 + threads)
    threads = threads + 1
end

function init(args)
    math.randomseed(seed)
    deals = args[1] == "assignments"
    wrk.method = "POST"
    wrk.headers["Content-Type"] = "application/json"
end

function request()
    local id = string.format("%08x%08x%08x%08x", math.random(0, 0xffffffff), math.random(0, 0xffffffff),
        math.random(0, 0xffffffff), math.random(0, 0xffffffff))
    local unit = string.format("customer-%07d", math.random(0, 9999999))
    if deals then
        return wrk.format(nil, nil, nil, '{"experiment":"credit-limit","unit":"' .. unit .. '","attributes":{"id":"'
            .. id .. '"},"at":"2026-03-01T12:00:00Z"}')
    end
    return wrk.format(nil, nil, nil, '{"id":"' .. id .. '","experiment":"credit-limit","unit":"' .. unit .. tail)
end
