// PostGraphile 5 as its manual sets it up: one process, the tables as they are, row security.
import { createServer } from "node:http";
import { makePgService } from "postgraphile/adaptors/pg";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { postgraphile } from "postgraphile";
import { grafserv } from "postgraphile/grafserv/node";

const scope = JSON.parse(process.env.SIGNED_SCOPES).town;
const preset = {
  extends: [PostGraphileAmberPreset],
  pgServices: [
    makePgService({
      connectionString: process.env.DATABASE_URL,
      schemas: ["public"],
      poolConfig: { max: 10 },
    }),
  ],
  grafserv: { graphiql: false, watch: false },
  grafast: { explain: false, context: () => ({ pgSettings: { "app.scope": scope } }) },
};
const instance = postgraphile(preset);
const server = createServer();
server.on("error", (error) => { throw error; });
const serv = instance.createServ(grafserv);
await serv.addTo(server);
server.listen(Number(process.env.PORT), "127.0.0.1");
