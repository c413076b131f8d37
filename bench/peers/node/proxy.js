// What a Node host would write: http-proxy with a pool of kept-alive connections.
// `node proxy.js LISTEN_PORT UPSTREAM_PORT`
"use strict";

const http = require("node:http");
const { createProxyServer } = require("http-proxy");

const [port, upstreamPort] = process.argv.slice(2).map(Number);
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
const target = { host: "127.0.0.1", port: upstreamPort };
const proxy = createProxyServer({ target, agent });

proxy.on("error", (_fault, _asked, answer) => {
  if (!answer.headersSent) answer.writeHead(502);
  answer.end();
});

http
  .createServer((asked, answer) => proxy.web(asked, answer))
  .listen({ port, host: "127.0.0.1", backlog: 4096 });
