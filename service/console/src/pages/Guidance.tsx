import { Tabs } from "antd";

import { useSession } from "../app/session";
import { graphql } from "../gql";
import type { GuidanceKind } from "../gql/graphql";
import { CountTable, Ratio } from "../parts/CountTable";
import { CHECK_IN_FLAG, GUIDANCE_DUTY, GUIDANCE_KIND, GUIDANCE_RATING, KEY_EVENT } from "../parts/fieldLabels";
import { day, moment, number } from "../parts/format";
import { HAZARD_CATEGORY, options } from "../parts/labels";
import { PageHead } from "../parts/Page";
import { PersonPicker, RegisterPicker } from "../parts/Pickers";
import { Records } from "../parts/Records";
import { DueTag } from "../parts/Tags";
import { ToneTag } from "../parts/Tone";
import { useFilters } from "../parts/useSearch";
import { FIELD_ACT } from "./fieldActs";

const Visits = graphql(`
  query ConsoleGuidance($where: GuidanceVisitWhere, $first: Int!, $after: String) {
    guidanceVisits(where: $where, first: $first, after: $after) {
      totalCount
      edges { node { id kind day counts rating flags person { name office } premises { name } enterprise { name } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const Visit = graphql(`
  query ConsoleGuidanceVisit($id: ID!) {
    node(id: $id) {
      ... on GuidanceVisit {
        id kind day capturedAt receivedAt distanceMetres flags counts note rating ratingNote inspectionId evidenceIds
        person { name office organisation }
        premises { name address }
        enterprise { name }
        hazards { id category description }
      }
    }
  }
`);
const Events = graphql(`
  query ConsoleKeyEvents($cancelled: Boolean!, $first: Int!, $after: String) {
    keyEvents(cancelled: $cancelled, first: $first, after: $after) {
      totalCount
      edges { node { id kind title at windowFrom windowTo cancelledAt premises { name } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const Event_ = graphql(`
  query ConsoleKeyEvent($id: ID!) {
    node(id: $id) { ... on KeyEvent { id kind title at windowFrom windowTo cancelledAt premises { name address } } }
  }
`);
const Warnings = graphql(`
  query ConsoleDutyWarnings($first: Int!, $after: String) {
    dutyWarnings(first: $first, after: $after) {
      totalCount
      edges { node { duty dueOn daysLeft event person { id name office organisation } premises { id name } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const Report = graphql(`
  query ConsoleGuidanceDuties {
    guidanceDuties {
      half months
      towns {
        town { id name }
        dutyMonth { numerator denominator value }
        halfCover { numerator denominator value }
        special { numerator denominator value }
        heads {
          person { id name office organisation }
          monthly { numerator denominator value }
          halfCover { numerator denominator value }
          special { numerator denominator value }
        }
      }
    }
  }
`);

/** Guidance visits of the heads, what they still owe, and the events at which they must be on site. */
export function Guidance() {
  const { can, viewer } = useSession();
  const [filters, setFilters] = useFilters<"tab" | "kind" | "id" | "event" | "cancelled">();
  const settings = can("SETTINGS", "READ_OWN");
  const tabs = [
    { key: "warnings", label: "还要做的", children: <Owed /> },
    { key: "visits", label: "检查指导", children: <VisitList /> },
    { key: "rates", label: "履职率", children: viewer.role === "COMMITTEE" ? <Towns /> : <Heads /> },
    ...(settings ? [{ key: "events", label: "须到场的事项", children: <EventList /> }] : []),
  ];
  return (
    <>
      <PageHead title="检查指导与履职" />
      <Tabs activeKey={filters.tab ?? (viewer.role === "ENTERPRISE" ? "visits" : "warnings")} onChange={(tab) => setFilters({ tab, kind: null, id: null, event: null, cancelled: null })} items={viewer.role === "ENTERPRISE" ? tabs.filter((one) => one.key === "visits") : tabs} destroyOnHidden />
    </>
  );
}

function Owed() {
  return (
    <Records
      label="履职提醒"
      query={Warnings}
      pick={(data) => ({
        ...data.dutyWarnings,
        edges: data.dutyWarnings.edges.map(({ node }) => ({ node: { ...node, id: [node.person.id, node.duty, node.premises?.id, node.event, node.dueOn].join() } })),
      })}
      empty="近期要做的都做了"
      columns={[
        { title: "责任人", cell: (row) => `${row.person.name}（${row.person.office}）` },
        { title: "单位", cell: (row) => row.person.organisation },
        { title: "要做的", cell: (row) => (row.event ? `${GUIDANCE_DUTY[row.duty]}：${row.event}` : GUIDANCE_DUTY[row.duty]) },
        { title: "场所", width: "28%", cell: (row) => row.premises?.name ?? "任一包保场所" },
        { title: "最后一日", cell: (row) => <DueTag day={row.dueOn} /> },
      ]}
    />
  );
}

function VisitList() {
  const { can } = useSession();
  return (
    <Records
      label="检查指导"
      query={Visits}
      pick={(data) => data.guidanceVisits}
      variables={({ kind }) => ({ where: kind ? { kind: kind as GuidanceKind } : {} })}
      filters={[{ name: "kind", label: "性质", options: options(GUIDANCE_KIND) }]}
      empty="还没有检查指导"
      starts={[
        {
          label: "登记检查指导",
          may: can("GUIDANCE", "WRITE"),
          act: {
            title: "登记检查指导",
            document: FIELD_ACT.checkIn,
            intro: "在现场请用手机登记，会带上时间和定位。检查指导不计入涉企行政检查的次数，不能采取强制措施。",
            done: "已登记",
            shape: (values) => ({ ...values, findings: values.findings ?? [], evidenceIds: [] }),
            fields: [
              { name: "personId", label: "责任人", required: true, control: <PersonPicker /> },
              { name: "premisesId", label: "场所", required: true, control: <RegisterPicker /> },
              { name: "capturedAt", label: "到场时间", kind: "moment", required: true },
              { name: "note", label: "指导的内容", kind: "area", required: true },
              {
                name: "findings",
                label: "发现的隐患",
                kind: "rows",
                row: [
                  { name: "category", label: "类别", kind: "choice", options: options(HAZARD_CATEGORY), required: true },
                  { name: "description", label: "描述", kind: "area", required: true },
                ],
              },
            ],
          },
        },
      ]}
      columns={[
        { title: "场所", width: "30%", cell: (row) => row.premises?.name ?? row.enterprise?.name ?? "—" },
        { title: "责任人", cell: (row) => `${row.person.name}（${row.person.office}）` },
        { title: "日期", cell: (row) => <span className="number">{row.day}</span> },
        { title: "性质", cell: (row) => GUIDANCE_KIND[row.kind] },
        { title: "计入履职", cell: (row) => (row.counts ? "是" : <ToneTag tone="orange">否</ToneTag>) },
        { title: "提示", cell: (row) => row.flags.map((one) => CHECK_IN_FLAG[one]).join("、") || "—" },
        { title: "企业评价", cell: (row) => (row.rating ? GUIDANCE_RATING[row.rating] : "—") },
      ]}
      detail={{
        query: Visit,
        title: "检查指导详情",
        pick: (data) => (data.node && "capturedAt" in data.node ? data.node : null),
        heading: (one) => `${one.premises?.name ?? one.enterprise?.name ?? "检查指导"} · ${day(one.day)}`,
        steps: (one) => [
          {
            label: "评价",
            may: can("GUIDANCE", "RATE") && !one.rating,
            act: {
              title: "评价这次检查指导",
              document: FIELD_ACT.rateGuidance,
              fixed: { visitId: one.id },
              fields: [
                { name: "rating", label: "评价", kind: "radio", options: options(GUIDANCE_RATING), required: true },
                { name: "note", label: "意见", kind: "area" },
              ],
            },
          },
        ],
        facts: (one) => [
          ["性质", GUIDANCE_KIND[one.kind]],
          ["责任人", `${one.person.name}（${one.person.organisation} ${one.person.office}）`],
          ["企业", one.enterprise?.name],
          ["地址", one.premises?.address],
          ["到场（设备时间）", moment(one.capturedAt)],
          ["上传", moment(one.receivedAt)],
          ["离场所", one.distanceMetres == null ? "没有定位" : `${number(one.distanceMetres)} 米`],
          ["提示", one.flags.map((flag) => CHECK_IN_FLAG[flag]).join("、")],
          ["计入履职", one.counts ? "是" : "否，上传过晚"],
          ["指导内容", <span key="note" className="pre">{one.note}</span>],
          one.hazards.length > 0 ? ["发现的隐患", one.hazards.map((found) => <div key={found.id}><a href={`/console/hazards?id=${encodeURIComponent(found.id)}`}>{HAZARD_CATEGORY[found.category]}：{found.description}</a></div>)] : null,
          one.evidenceIds.length > 0 ? ["证据", one.evidenceIds.map((id, at) => <a key={id} href={`/console/evidence?id=${encodeURIComponent(id)}`} style={{ marginInlineEnd: 8 }}>证据 {at + 1}</a>)] : null,
          one.inspectionId ? ["行政检查", <a key="visit" href="/console/joint">联合检查</a>] : null,
          ["企业评价", one.rating ? `${GUIDANCE_RATING[one.rating]}${one.ratingNote ? `：${one.ratingNote}` : ""}` : null],
        ],
      }}
    />
  );
}

function EventList() {
  const { can } = useSession();
  const writes = can("SETTINGS", "WRITE");
  return (
    <Records
      label="须到场的事项"
      name="event"
      query={Events}
      pick={(data) => data.keyEvents}
      variables={({ cancelled }) => ({ cancelled: cancelled === "yes" })}
      filters={[{ name: "cancelled", label: "已取消的", options: [{ value: "yes", label: "只看已取消的" }] }]}
      empty="没有须到场的事项"
      starts={[
        {
          label: "登记事项",
          may: writes,
          act: {
            title: "登记须到场的事项",
            document: FIELD_ACT.declareKeyEvent,
            fields: [
              { name: "kind", label: "种类", kind: "choice", options: options(KEY_EVENT), required: true },
              { name: "title", label: "名称", required: true },
              { name: "at", label: "时间", kind: "moment", required: true },
              { name: "premisesId", label: "场所", control: <RegisterPicker />, help: "不选为各责任人包保的任一场所" },
            ],
          },
        },
      ]}
      columns={[
        { title: "名称", width: "30%", cell: (row) => row.title },
        { title: "种类", cell: (row) => KEY_EVENT[row.kind] },
        { title: "时间", cell: (row) => <span className="number">{moment(row.at)}</span> },
        { title: "场所", width: "26%", cell: (row) => row.premises?.name ?? "任一包保场所" },
        { title: "到场有效至", cell: (row) => <span className="number">{moment(row.windowTo)}</span> },
      ]}
      detail={{
        query: Event_,
        title: "事项详情",
        pick: (data) => (data.node && "windowFrom" in data.node ? data.node : null),
        heading: (one) => one.title,
        steps: (one) => [
          { label: "取消", may: writes && !one.cancelledAt, danger: true, act: { title: "取消误登的事项", document: FIELD_ACT.cancelKeyEvent, fixed: { eventId: one.id }, fields: [{ name: "reason", label: "理由", kind: "area", required: true }] } },
        ],
        facts: (one) => [
          ["种类", KEY_EVENT[one.kind]],
          ["时间", moment(one.at)],
          ["到场有效时段", `${moment(one.windowFrom)} 至 ${moment(one.windowTo)}`],
          ["场所", one.premises ? `${one.premises.name}（${one.premises.address}）` : "任一包保场所"],
          one.cancelledAt ? ["取消", moment(one.cancelledAt)] : null,
        ],
      }}
    />
  );
}

function Towns() {
  return (
    <CountTable
      label="各镇街履职率"
      query={Report}
      variables={{}}
      pick={(data) => data.guidanceDuties.towns}
      rowKey={(row) => row.town.id}
      columns={[
        { title: "镇街", cell: (row) => row.town.name },
        { title: "每月检查指导", right: true, cell: (row) => <Ratio of={row.dutyMonth} /> },
        { title: "半年全覆盖", right: true, cell: (row) => <Ratio of={row.halfCover} /> },
        { title: "须到场的事项", right: true, cell: (row) => <Ratio of={row.special} /> },
      ]}
    />
  );
}

function Heads() {
  return (
    <CountTable
      label="责任人履职率"
      query={Report}
      variables={{}}
      pick={(data) => data.guidanceDuties.towns.flatMap((one) => one.heads)}
      rowKey={(row) => row.person.id}
      columns={[
        { title: "责任人", cell: (row) => `${row.person.name}（${row.person.office}）` },
        { title: "单位", cell: (row) => row.person.organisation },
        { title: "每月检查指导（月）", right: true, cell: (row) => <Ratio of={row.monthly} /> },
        { title: "半年全覆盖（场所）", right: true, cell: (row) => <Ratio of={row.halfCover} /> },
        { title: "须到场的事项", right: true, cell: (row) => <Ratio of={row.special} /> },
      ]}
    />
  );
}
