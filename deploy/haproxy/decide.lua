-- Asks the gateway whether a request may pass (docs/how-to/behind-nginx.md).
-- HAProxy speaks no forward-auth by itself; this uses its own HTTP client.
--   global
--       lua-load /etc/haproxy/copyfair-decide.lua

local URL = os.getenv("COPYFAIR_DECIDE") or "http://127.0.0.1:8702/decide/haproxy"
local WITHIN_MS = 5000

-- The asking's own, or a claim of another set: none of it is passed on.
local DROPPED = {
  ["connection"] = true, ["content-length"] = true, ["expect"] = true,
  ["forwarded"] = true, ["host"] = true, ["keep-alive"] = true, ["te"] = true,
  ["trailer"] = true, ["transfer-encoding"] = true, ["upgrade"] = true,
  ["x-forwarded-for"] = true, ["x-forwarded-proto"] = true,
  ["x-http-method-override"] = true,
}
local CLAIMS = { "x%-original%-", "x%-forwarded%-", "x%-rewrite%-", "x%-envoy%-" }

local function is_dropped(name)
  local plain = name:lower():gsub("_", "-")
  if DROPPED[plain] then return true end
  for _, claim in ipairs(CLAIMS) do
    if plain:find("^" .. claim) then return true end
  end
  return false
end

local function asking(txn)
  local headers = {}
  for name, values in pairs(txn.http:req_get_headers()) do
    if not is_dropped(name) then
      headers[name] = {}
      for _, value in pairs(values) do table.insert(headers[name], value) end
    end
  end
  headers["host"] = { "127.0.0.1" }
  headers["x-original-uri"] = { txn.sf:pathq() }
  headers["x-original-method"] = { txn.sf:method() }
  headers["x-original-host"] = { txn.sf:req_hdr("host") }
  headers["x-original-id"] = { txn.sf:unique_id() }
  headers["x-forwarded-for"] = { txn.sf:src() }
  headers["x-forwarded-proto"] = { txn.sf:ssl_fc() == "1" and "https" or "http" }
  return headers
end

local function first(headers, name)
  local values = headers[name]
  if not values then return nil end
  return values[0] or values[1]
end

-- A no, as the gateway says it: status, fields and body.
local function answered(txn, answer)
  local reply = txn:reply()
  reply:set_status(answer.status, answer.reason)
  for name, values in pairs(answer.headers) do
    if name ~= "connection" and name ~= "transfer-encoding" and name ~= "date" then
      for _, value in pairs(values) do reply:add_header(name, value) end
    end
  end
  if txn.sf:method() ~= "HEAD" then reply:set_body(answer.body or "") end
  txn:done(reply)
end

core.register_action("copyfair_decide", { "http-req" }, function(txn)
  local answer = core.httpclient():get({
    url = URL, headers = asking(txn), timeout = WITHIN_MS,
  })
  local id = answer and answer.headers and first(answer.headers, "request-id")
  -- Only the gateway gives a request id; anything else means that it is down, and
  -- the request goes on to the archive: unmetered, and nothing is owed for it.
  if not id then return end
  if answer.status ~= 200 then
    answered(txn, answer)
    return
  end
  txn:set_var("txn.copyfair_request", id)
  txn:set_var("txn.copyfair_usage", first(answer.headers, "copyfair-usage") or "")
  txn:set_var("txn.copyfair_decision", first(answer.headers, "copyfair-decision") or "")
  local consumed = first(answer.headers, "copyfair-consumed") or ""
  for name in consumed:gmatch("[%w-]+") do txn.http:req_del_header(name) end
end, 0)
