-- Asks each time as somebody else would: another user agent, referer and query.
-- The counts have no common divisor, so that pairs seldom repeat; `varied` in
-- load.py does the same.
local number = 0

request = function()
  number = number + 1
  wrk.headers["User-Agent"] = string.format(
    "Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%d.%d",
    number % 97, number % 97, number % 1009)
  wrk.headers["Referer"] = "https://example.org/pages/" .. number % 9973
  return wrk.format("GET", wrk.path .. "?page=" .. number)
end
