import { Tabs } from "antd";
import { useQuery } from "urql";

import { useSession } from "../app/session";
import { graphql } from "../gql";
import type { ConsoleOfficerQuery } from "../gql/graphql";
import { day, dayFromNow, daysUntil } from "../parts/format";
import { plainId } from "../parts/ids";
import { SKILL, options } from "../parts/labels";
import { PageHead } from "../parts/Page";
import { useBodyNames } from "../parts/Pickers";
import { Records, type Step } from "../parts/Records";
import { ToneTag } from "../parts/Tone";
import { useFilters } from "../parts/useSearch";
import { OFFICER_ACT } from "./officerActs";
import { ShortVisits } from "./ShortVisits";

const List = graphql(`
  query ConsoleOfficers($bodies: [ID!], $inOffice: Boolean, $endsBy: Date, $first: Int!, $after: String) {
    officers(bodyIds: $bodies, inOffice: $inOffice, cardEndsBy: $endsBy, first: $first, after: $after) {
      totalCount
      edges { node { id name cardNo cardValidTo skills active leftOn bodyId } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const One = graphql(`
  query ConsoleOfficer($id: ID!) {
    node(id: $id) { ... on Officer { id name cardNo cardValidTo skills active leftOn reason bodyId version } }
  }
`);
const Employers = graphql(`query ConsoleEmployers { tenants(first: 100) { edges { node { id name kind bodies { id code name } } } } }`);

type Officer = Extract<NonNullable<ConsoleOfficerQuery["node"]>, { cardNo: string }>;
type Post = { id: string; code: string; name: string; tenant: string; home: boolean };

const SOON = 90; // days before a card ends from which on the list says so
const STATE = { IN: "在任", ENDING: "证件快到期或过期", LEFT: "已离任" };
const skillWords = (skills: string[]) => skills.map((one) => SKILL[one] ?? one).join("、") || "—";

/** Who may inspect, until when the card is valid, and which announced visits lack somebody. */
export function Officers() {
  const { can } = useSession();
  const [filters, setFilters] = useFilters<"tab" | "body" | "state" | "id">();
  return (
    <>
      <PageHead title="执法人员" />
      <Tabs
        activeKey={filters.tab ?? "officers"}
        onChange={(tab) => setFilters({ tab, body: null, state: null, id: null })}
        destroyOnHidden
        items={[
          { key: "officers", label: "人员", children: <OfficerList /> },
          ...(can("DEMAND", "READ_OWN") ? [{ key: "short", label: "缺人的检查", children: <ShortVisits /> }] : []),
        ]}
      />
    </>
  );
}

/** Every body in sight, with whose it is; the caller's own ones are home. */
function usePosts(): Post[] {
  const { viewer } = useSession();
  const [{ data }] = useQuery({ query: Employers });
  return (data?.tenants.edges ?? []).flatMap(({ node }) =>
    node.bodies.map((body) => ({ ...body, tenant: node.id, home: node.id === viewer.tenant?.id, name: node.kind === "TOWN" && !body.name.includes(node.name) ? `${node.name} ${body.name}` : body.name })),
  );
}

function OfficerList() {
  const { can, viewer } = useSession();
  const posts = usePosts();
  const names = useBodyNames();
  const writes = can("OFFICER", "WRITE");
  // A town answers for all its bodies, a department for itself.
  const own = posts.filter((post) => post.home && (viewer.role !== "DEPARTMENT" || post.id === viewer.body?.id));
  return (
    <Records
      label="执法人员"
      query={List}
      pick={(data) => data.officers}
      variables={({ body, state }) => ({
        bodies: body ? [body] : null,
        inOffice: state === "IN" ? true : state === "LEFT" ? false : null,
        endsBy: state === "ENDING" ? dayFromNow(SOON) : null,
      })}
      filters={[
        { name: "body", label: "机关", options: posts.map((post) => ({ value: post.id, label: post.name })) },
        { name: "state", label: "状态", options: options(STATE) },
      ]}
      empty="没有符合条件的执法人员"
      starts={[
        {
          label: "任命执法人员",
          may: writes && own.length > 0,
          act: {
            title: "任命执法人员",
            document: OFFICER_ACT.appoint,
            done: "已任命",
            fields: [
              { name: "bodyCode", label: "机关", kind: "choice", required: true, initial: own.length === 1 ? own[0]?.code : undefined, options: own.map((post) => ({ value: post.code, label: post.name })) },
              { name: "name", label: "姓名", required: true, max: 60 },
              { name: "cardNo", label: "执法证号", required: true, max: 40 },
              { name: "cardValidTo", label: "执法证有效期至", kind: "day", required: true, help: "有效期的最后一天" },
              skills(),
              { name: "baseLatitude", label: "出发地点的纬度", kind: "number", required: true, help: "例如办公楼的位置；联合检查按它计算路程" },
              { name: "baseLongitude", label: "出发地点的经度", kind: "number", required: true },
            ],
          },
        },
      ]}
      columns={[
        { title: "姓名", width: "14%", cell: (row) => row.name },
        { title: "机关", width: "20%", cell: (row) => names(row.bodyId) },
        { title: "执法证号", cell: (row) => <span className="number">{row.cardNo}</span> },
        { title: "有效期至", cell: (row) => <CardDay to={row.cardValidTo} active={row.active} /> },
        { title: "专业", wideOnly: true, cell: (row) => skillWords(row.skills) },
        { title: "状态", cell: (row) => <InOffice one={row} /> },
      ]}
      detail={{
        query: One,
        title: "执法人员详情",
        pick: (data) => (data.node && "cardNo" in data.node ? data.node : null),
        heading: (one) => (
          <>
            {one.name} <InOffice one={one} />
          </>
        ),
        steps: (one) => (writes && one.active && own.some((post) => plainId(post.id) === one.bodyId) ? stepsOf(one, posts.filter((post) => (viewer.role === "DEPARTMENT" || post.home) && plainId(post.id) !== one.bodyId)) : []),
        facts: (one) => [
          ["机关", names(one.bodyId)],
          ["执法证号", <span key="card" className="number">{one.cardNo}</span>],
          ["执法证有效期至", <CardDay key="to" to={one.cardValidTo} active={one.active} />],
          ["专业", skillWords(one.skills)],
          one.leftOn ? ["离任日期", day(one.leftOn)] : null,
          one.reason ? [one.active ? "调来的原因" : "离任的原因", one.reason] : null,
        ],
      }}
    />
  );
}

/** The last day of a card; in words where it is over or soon will be. */
function CardDay({ to, active }: { to: string; active: boolean }) {
  const left = daysUntil(to);
  if (!active || left > SOON) return <span className="number">{to}</span>;
  const told = left < 0 ? `已过期 ${-left} 天，不能执法` : left === 0 ? "今天到期" : `还有 ${left} 天到期`;
  return (
    <span className="number">
      {to} <ToneTag tone={left < 0 ? "red" : "orange"}>{told}</ToneTag>
    </span>
  );
}

function InOffice({ one }: { one: { active: boolean; leftOn?: string | null } }) {
  return one.active ? <ToneTag tone="green">在任</ToneTag> : <ToneTag>{`已离任${one.leftOn ? `（${one.leftOn}）` : ""}`}</ToneTag>;
}

const skills = (initial?: string[]) => ({ name: "skills", label: "专业", kind: "several" as const, required: true, initial, options: options(SKILL), help: "能检查哪些方面；排联合检查时按它配人" });
const reason = { name: "reason", label: "原因", kind: "area" as const, required: true, max: 400 };
const SHORT = "已公布的检查如果因此缺人，会列在“缺人的检查”里。";

/** What the officer's own body can do now. */
function stepsOf(one: Officer, targets: Post[]): Step[] {
  const fixed = { officerId: one.id, expectedVersion: one.version };
  return [
    {
      label: "换证或延期",
      may: true,
      act: {
        title: "换证或延期",
        document: OFFICER_ACT.renew,
        fixed,
        done: "已登记",
        intro: `现在的证 ${one.cardNo}，有效期至 ${day(one.cardValidTo)}。`,
        fields: [
          { name: "cardValidTo", label: "新的有效期至", kind: "day", required: true },
          { name: "cardNo", label: "新证号", max: 40, help: "证号没有变就留空" },
        ],
      },
    },
    { label: "更改专业", may: true, act: { title: "更改专业", document: OFFICER_ACT.skills, fixed, done: "已更改", intro: SHORT, fields: [skills(one.skills)] } },
    {
      label: "调动",
      may: targets.length > 0,
      act: {
        title: "调到另一个机关",
        document: OFFICER_ACT.transfer,
        fixed,
        done: "已调动",
        intro: `调到另一个镇街的，在这里算离任，在那里重新登记。${SHORT}`,
        shape: ({ to, ...values }) => {
          const post = targets.find((found) => found.id === to);
          return { ...values, bodyCode: post?.code, ...(post?.home ? {} : { tenantId: post?.tenant }) };
        },
        fields: [
          { name: "to", label: "调到", kind: "choice", required: true, options: targets.map((post) => ({ value: post.id, label: post.name })) },
          reason,
          { name: "baseLatitude", label: "新的出发地点的纬度", kind: "number", help: "留空不变" },
          { name: "baseLongitude", label: "新的出发地点的经度", kind: "number", help: "和纬度一起填" },
        ],
      },
    },
    { label: "离任", may: true, danger: true, act: { title: "离任", document: OFFICER_ACT.dismiss, fixed, confirm: "今天离任", done: "已离任", intro: `${one.name}今天离任；做过的检查和案件都保留。${SHORT}`, fields: [reason] } },
  ];
}
