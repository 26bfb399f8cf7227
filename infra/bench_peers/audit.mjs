// Audits a server against GraphQL over HTTP with the reference suite; prints one JSON object.
import { auditServer } from "graphql-http";

const headers = { authorization: `Bearer ${process.env.TOKEN}` };
const fetchAs = (url, init = {}) => fetch(url, { ...init, headers: { ...init.headers, ...headers } });
const results = await auditServer({ url: process.env.URL, fetchFn: fetchAs });
const failed = results.filter((one) => one.status !== "ok");
process.stdout.write(
  JSON.stringify({
    ok: results.length - failed.length,
    of: results.length,
    failed: failed.map((one) => `${one.id} ${one.name}: ${one.reason}`),
  }),
);
