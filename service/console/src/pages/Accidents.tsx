import { Card, Tabs } from "antd";

import { useSession } from "../app/session";
import { graphql } from "../gql";
import type { ConsoleAccidentQuery } from "../gql/graphql";
import type { FieldSpec } from "../parts/Act";
import { CountTable, Ratio } from "../parts/CountTable";
import { ACCIDENT_LEVEL, ACCIDENT_REPORT } from "../parts/fieldLabels";
import { legalDay, moment, number, yuan } from "../parts/format";
import { PageHead } from "../parts/Page";
import { RegisterPicker } from "../parts/Pickers";
import { DetailDrawer, Records } from "../parts/Records";
import { ToneTag } from "../parts/Tone";
import { FIELD_ACT } from "./fieldActs";

const List = graphql(`
  query ConsoleAccidents($first: Int!, $after: String) {
    accidents(first: $first, after: $after) {
      totalCount
      edges { node { id occurredAt reportedAt deaths seriousInjuries directLossFen level concealed reportedInTime enterprise { name } premises { name } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const One = graphql(`
  query ConsoleAccident($id: ID!) {
    node(id: $id) {
      ... on Accident {
        id occurredAt knownAt reportedAt summary deaths seriousInjuries directLossFen concealed concealment level reportedInTime
        premises { name address }
        enterprise { name }
        reports { number kind deaths seriousInjuries directLossFen text reportedAt }
      }
    }
  }
`);
const Look = graphql(`
  mutation ConsoleReadAccident($input: ReadAccidentWithPurposeInput!) {
    readAccidentWithPurpose(input: $input) {
      accident {
        id occurredAt knownAt reportedAt summary deaths seriousInjuries directLossFen concealed concealment level reportedInTime
        premises { name address }
        enterprise { name }
        reports { number kind deaths seriousInjuries directLossFen text reportedAt }
      }
      errors { code message path }
    }
  }
`);
const Counts = graphql(`
  query ConsoleAccidentCounts($year: Int) {
    accidentCounts(year: $year) { town { id name } accidents deaths seriousInjuries concealed levels { level accidents } reportLatency { numerator denominator value } }
  }
`);

type Accident = Extract<NonNullable<ConsoleAccidentQuery["node"]>, { occurredAt: string }>;

const TOLL: FieldSpec[] = [
  { name: "deaths", label: "死亡人数", kind: "number", required: true, initial: 0 },
  { name: "seriousInjuries", label: "重伤人数", kind: "number", required: true, initial: 0 },
  { name: "directLossFen", label: "直接经济损失（元）", kind: "yuan", required: true, initial: "0" },
];

/** The numbers of a toll stand together in the input. */
const toll = ({ deaths, seriousInjuries, directLossFen, ...rest }: Record<string, unknown>) => ({ ...rest, toll: { deaths, seriousInjuries, directLossFen } });

const lost = (one: { deaths: number; seriousInjuries: number; directLossFen: string }) => `死亡 ${number(one.deaths)} 人，重伤 ${number(one.seriousInjuries)} 人，直接损失 ${yuan(one.directLossFen)}`;

export function Accidents() {
  const { can } = useSession();
  const year = Number(legalDay(new Date()).slice(0, 4));
  const reads = can("ACCIDENT", "READ_OWN", "READ_ACROSS");
  return (
    <>
      <PageHead title="生产安全事故" />
      <Tabs
        items={[
          ...(reads || can("ACCIDENT", "READ_WITH_PURPOSE") ? [{ key: "list", label: "事故", children: <AccidentList reads={reads} /> }] : []),
          ...(can("ACCIDENT", "READ_COUNTS", "READ_OWN", "READ_ACROSS")
            ? [
                {
                  key: "counts",
                  label: `${year} 年统计`,
                  children: (
                    <CountTable
                      label="事故统计"
                      query={Counts}
                      variables={{ year }}
                      pick={(data) => data.accidentCounts}
                      rowKey={(row) => row.town.id}
                      columns={[
                        { title: "镇街", cell: (row) => row.town.name },
                        { title: "事故", right: true, cell: (row) => number(row.accidents) },
                        { title: "死亡（目标 0）", right: true, cell: (row) => (row.deaths > 0 ? <ToneTag tone="red">{number(row.deaths)}</ToneTag> : "0") },
                        { title: "重伤", right: true, cell: (row) => number(row.seriousInjuries) },
                        { title: "瞒报", right: true, cell: (row) => number(row.concealed) },
                        { title: "等级", cell: (row) => row.levels.map((one) => `${ACCIDENT_LEVEL[one.level]} ${one.accidents}`).join("、") || "—" },
                        { title: "按时报告率", right: true, cell: (row) => <Ratio of={row.reportLatency} /> },
                      ]}
                    />
                  ),
                },
              ]
            : []),
        ]}
      />
    </>
  );
}

function AccidentList({ reads }: { reads: boolean }) {
  const { can } = useSession();
  const writes = can("ACCIDENT", "WRITE");
  const detail = {
    query: One,
    title: "事故详情",
    pick: (data: ConsoleAccidentQuery) => (data.node && "occurredAt" in data.node ? (data.node as Accident) : null),
    heading: (one: Accident) => (
      <>
        {one.enterprise?.name ?? one.premises?.name ?? "事故"} <ToneTag tone={one.level === "ORDINARY" ? "orange" : "red"}>{ACCIDENT_LEVEL[one.level]}</ToneTag> {one.concealed && <ToneTag tone="red">瞒报</ToneTag>}
      </>
    ),
    steps: (one: Accident) => {
      const fixed = { accidentId: one.id };
      const now: FieldSpec[] = TOLL.map((field) => ({ ...field, initial: field.name === "directLossFen" ? yuan(one.directLossFen).replace(/[¥,]/g, "") : one[field.name as "deaths" | "seriousInjuries"] }));
      return [
        { label: "补报", may: writes, act: { title: "补报", document: FIELD_ACT.supplementAccident, fixed, shape: toll, fields: [...now, { name: "text", label: "补报内容", kind: "area" as const, required: true }] } },
        { label: "更正", may: writes, act: { title: "更正数字", document: FIELD_ACT.correctAccident, fixed, shape: toll, fields: [...now, { name: "reason", label: "更正的理由", kind: "area" as const, required: true }] } },
        { label: "认定瞒报", may: !one.concealed && can("ACCIDENT", "VERIFY"), danger: true, act: { title: "认定瞒报", document: FIELD_ACT.markAccidentConcealed, fixed, fields: [{ name: "finding", label: "认定的事实", kind: "area" as const, required: true }] } },
      ];
    },
    facts: (one: Accident) => [
      ["场所", `${one.premises?.name ?? "—"}（${one.premises?.address ?? "—"}）`] as const,
      ["发生", moment(one.occurredAt)] as const,
      ["负责人获知", moment(one.knownAt)] as const,
      ["首次报告", <span key="at">{moment(one.reportedAt)} <ToneTag tone={one.reportedInTime ? "green" : "red"}>{one.reportedInTime ? "按时" : "迟报"}</ToneTag></span>] as const,
      ["经过", <span key="what" className="pre">{one.summary}</span>] as const,
      ["伤亡与损失", lost(one)] as const,
      one.concealment ? (["瞒报认定", one.concealment] as const) : null,
    ],
    more: (one: Accident) => (
      <>
        <h3>历次报告</h3>
        <ol className="cards">
          {one.reports.map((report) => (
            <li key={report.number}>
              <Card size="small">
                <strong>{ACCIDENT_REPORT[report.kind]}</strong> <span className="number">{moment(report.reportedAt)}</span>
                <div>{lost(report)}</div>
                <div className="pre">{report.text}</div>
              </Card>
            </li>
          ))}
        </ol>
      </>
    ),
    purpose: {
      needed: !reads,
      document: Look,
      input: (id: string, purpose: string) => ({ accidentId: id, purpose }),
      pick: (data: any) => (data?.readAccidentWithPurpose?.accident ?? null) as Accident | null,
    },
  };
  if (!reads) {
    // The committee gets numbers; one accident it reads by the link that a town sent, saying why.
    return (
      <>
        <p>事故详情属于镇街。打开镇街发来的事故链接，说明查阅目的后可以看。</p>
        <DetailDrawer detail={detail} />
      </>
    );
  }
  return (
    <Records
      label="事故"
      query={List}
      pick={(data) => data.accidents}
      empty="没有事故"
      starts={[
        {
          label: "报告事故",
          may: writes,
          act: {
            title: "报告事故",
            document: FIELD_ACT.reportAccident,
            intro: "单位负责人接到报告后一小时内报告（《生产安全事故报告和调查处理条例》第九条）。报告后系统通知场所的责任人到场。",
            shape: toll,
            fields: [
              { name: "premisesId", label: "经营场所", required: true, control: <RegisterPicker /> },
              { name: "occurredAt", label: "发生时间", kind: "moment", required: true },
              { name: "knownAt", label: "单位负责人获知时间", kind: "moment", required: true },
              { name: "reportedAt", label: "报告时间", kind: "moment", help: "不填为现在" },
              { name: "summary", label: "简要经过", kind: "area", required: true },
              ...TOLL,
            ],
          },
        },
      ]}
      columns={[
        { title: "企业", width: "28%", cell: (row) => row.enterprise?.name ?? row.premises?.name ?? "—" },
        { title: "发生", cell: (row) => <span className="number">{moment(row.occurredAt)}</span> },
        { title: "等级", cell: (row) => <ToneTag tone={row.level === "ORDINARY" ? "orange" : "red"}>{ACCIDENT_LEVEL[row.level]}</ToneTag> },
        { title: "死亡", right: true, cell: (row) => number(row.deaths) },
        { title: "重伤", right: true, cell: (row) => number(row.seriousInjuries) },
        { title: "直接损失", right: true, cell: (row) => yuan(row.directLossFen) },
        { title: "报告", cell: (row) => (row.concealed ? <ToneTag tone="red">瞒报</ToneTag> : row.reportedInTime ? "按时" : <ToneTag tone="red">迟报</ToneTag>) },
      ]}
      detail={detail}
    />
  );
}
