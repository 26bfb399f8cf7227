/** What an integrator does first: sign in, read page by page, act once, follow what changes. */
import { Anshang, Refused } from "./client.ts";
import {
  ChangesDocument,
  EnrolEnterpriseDocument,
  EnterprisesDocument,
  MeDocument,
  OfficersDocument,
} from "./generated/graphql.ts";

const { ANSHANG = "", CLIENT_ID = "", CLIENT_SECRET = "", TOWN_TOKEN = "" } = process.env;
const app = await Anshang.signIn(ANSHANG, CLIENT_ID, CLIENT_SECRET, "register:read");

const names: string[] = [];
let after: string | null | undefined = null;
do {
  const { enterprises }: Awaited<ReturnType<typeof page>> = await page(after);
  names.push(...enterprises.edges.map((edge) => edge.node.name));
  after = enterprises.pageInfo.hasNextPage ? enterprises.pageInfo.endCursor : null;
} while (after);

function page(cursor: string | null | undefined) {
  return app.ask(EnterprisesDocument, { after: cursor });
}

const town = new Anshang(ANSHANG, TOWN_TOKEN);
const input = { name: "晨光副食店", alternateId: "990112600000002", idempotencyKey: "till-4713" };
const first = await town.ask(EnrolEnterpriseDocument, { input });
const again = await town.ask(EnrolEnterpriseDocument, { input });
const refused = await town.ask(EnrolEnterpriseDocument, {
  input: { ...input, idempotencyKey: "till-4714" },
});

const begun = await app.ask(ChangesDocument, { first: 5 });
const followed = await app.ask(ChangesDocument, { after: begun.changes.pageInfo.endCursor });

async function codes(request: Promise<unknown>): Promise<string[]> {
  try {
    await request;
    return ["let in"];
  } catch (error) {
    return error instanceof Refused ? error.codes : [String(error)];
  }
}

console.log(
  JSON.stringify({
    names,
    enrolled: first.enrolEnterprise.enterprise?.name,
    sameAnswer: JSON.stringify(first) === JSON.stringify(again),
    refusedWith: refused.enrolEnterprise.errors.map((error) => error.code),
    begun: begun.changes.edges.map((edge) => edge.node.what),
    followed: followed.changes.edges.map((edge) => edge.node.what),
    stranger: await codes(new Anshang(ANSHANG, `ans_a_${"0".repeat(43)}`).ask(MeDocument)),
    overreach: await codes(app.ask(OfficersDocument, {})),
  }),
);
