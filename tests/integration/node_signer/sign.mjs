// Signs each request of a JSON list on standard input; prints the fields it adds.
//   {"jwk": {…}, "requests": [{"url", "agent", "key"}], "expires_s": 60}
import { readFileSync } from "node:fs";
import { signatureHeaders, generateNonce } from "web-bot-auth";
import { signerFromJWK } from "web-bot-auth/crypto";

const told = JSON.parse(readFileSync(0, "utf8"));
const signer = await signerFromJWK(told.jwk);
const now = new Date();
const signed = [];
for (const { url, agent, key } of told.requests) {
  const headers = { "Signature-Agent": key ? `${key}=${JSON.stringify(agent)}` : JSON.stringify(agent) };
  const added = await signatureHeaders(new Request(url, { headers }), signer, {
    created: now,
    expires: new Date(now.getTime() + told.expires_s * 1000),
    nonce: generateNonce(),
    ...(key ? { key } : {}),
  });
  signed.push({ ...headers, ...added });
}
console.log(JSON.stringify(signed));
