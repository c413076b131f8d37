-- wrk sends header fields in any order; here they stand as they were given, in one
-- text behind `--`, and Host behind them.
local head

init = function(arguments)
  head = "GET " .. wrk.path .. " HTTP/1.1\r\n" .. arguments[1]
    .. "Host: 127.0.0.1\r\n\r\n"
end

request = function() return head end
