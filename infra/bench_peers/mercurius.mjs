// Mercurius with JIT over the same tables: a scoped transaction an operation, loaders below it.
import Fastify from "fastify";
import mercurius from "mercurius";
import pg from "pg";

const scopes = JSON.parse(process.env.SIGNED_SCOPES);
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
const schema = `
  type Step { step: String! state: String! }
  type Hazard { state: String! grade: String description: String! foundOn: String! history: [Step!]! }
  type Enterprise {
    creditCode: String name: String! industryCode: String! aboveQuota: Boolean! risk: String!
    hazards: [Hazard!]!
  }
  type Town { town: String! found: Int! major: Int! overdue: Int! }
  type Query {
    enterprise(creditCode: String!): Enterprise
    enterprises(first: Int!): [Enterprise!]!
    towns: [Town!]!
  }
`;

async function begin(context, scope) {
  const client = await pool.connect();
  context.client = client;
  await client.query("begin isolation level repeatable read read only");
  await client.query({
    name: "scope",
    text: "select set_config('app.scope', $1, true), set_config('statement_timeout', '10000', true)",
    values: [scopes[scope]],
  });
  return client;
}

const ENTERPRISE = `id, credit_code as "creditCode", name, industry_code as "industryCode",
  above_quota as "aboveQuota", risk`;
const tenant = process.env.TENANT;

const resolvers = {
  Query: {
    async enterprise(_, { creditCode }, context) {
      const client = await begin(context, "town");
      const found = await client.query({
        name: "point",
        text: `select ${ENTERPRISE} from enterprises where tenant_id = $1 and credit_code = $2`,
        values: [tenant, creditCode],
      });
      return found.rows[0] ?? null;
    },
    async enterprises(_, { first }, context) {
      const client = await begin(context, "town");
      const found = await client.query({
        name: "page",
        text: `select ${ENTERPRISE} from enterprises where tenant_id = $1 order by id desc limit $2`,
        values: [tenant, first],
      });
      return found.rows;
    },
    async towns(_, __, context) {
      const client = await begin(context, "committee");
      const found = await client.query({
        name: "committee",
        text: `select t.name as town, coalesce(c.found, 0)::int as found,
            coalesce(c.major, 0)::int as major, coalesce(c.overdue, 0)::int as overdue
          from tenants t left join (select tenant_id, count(*) found,
            count(*) filter (where grade = 'MAJOR') major,
            count(*) filter (where state = 'OVERDUE') overdue from hazards group by 1) c
          on c.tenant_id = t.id where t.kind <> 'DISTRICT' order by t.division_code`,
      });
      return found.rows;
    },
  },
};

const loaders = {
  Enterprise: {
    async hazards(queries, context) {
      const ids = queries.map(({ obj }) => obj.id);
      const found = await context.client.query({
        name: "hazards",
        text: `select h.id, h.enterprise_id, h.state, h.grade, h.description,
            h.found_on::text as "foundOn"
          from unnest($1::uuid[]) e(id) cross join lateral (select * from hazards h
            where h.tenant_id = $2 and h.enterprise_id = e.id
            order by h.created_at desc, h.id desc limit 5) h`,
        values: [ids, tenant],
      });
      return grouped(ids, found.rows, "enterprise_id");
    },
  },
  Hazard: {
    async history(queries, context) {
      const ids = queries.map(({ obj }) => obj.id);
      const found = await context.client.query({
        name: "history",
        text: `select hazard_id, step, state from hazard_events
          where tenant_id = $2 and hazard_id = any($1::uuid[]) order by at, id`,
        values: [ids, tenant],
      });
      return grouped(ids, found.rows, "hazard_id");
    },
  },
};

function grouped(ids, rows, key) {
  const kept = new Map(ids.map((id) => [id, []]));
  for (const row of rows) kept.get(row[key]).push(row);
  return ids.map((id) => kept.get(id));
}

const app = Fastify();
app.register(mercurius, { schema, resolvers, loaders, jit: 1, context: () => ({}) });
await app.ready();
app.graphql.addHook("onResolution", async (_, context) => {
  if (!context.client) return;
  await context.client.query("commit");
  context.client.release();
});
await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
