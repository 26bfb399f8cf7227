import { useState } from "react";
import { Alert, Button, Select, Tabs } from "antd";
import { PlusOutlined } from "@ant-design/icons";
import { Link } from "react-router";
import { useQuery } from "urql";

import { useSession } from "../app/session";
import { graphql } from "../gql";
import type { ReportState } from "../gql/graphql";
import { ActButton } from "../parts/Act";
import { CountTable, Ratio } from "../parts/CountTable";
import { dayFromNow, day, legalDay, moment, number, yuan } from "../parts/format";
import { DEMAND_STATE, HAZARD_CATEGORY, options } from "../parts/labels";
import { PageHead } from "../parts/Page";
import { Records, type Fact } from "../parts/Records";
import { FINDING, REPORT_CHANNEL, REPORT_STATE, REPORT_STEP, REWARD_STATE } from "../parts/reportLabels";
import { DueTag, StateTag } from "../parts/Tags";
import { ToneTag } from "../parts/Tone";
import { useFilters } from "../parts/useSearch";
import { REPORT_ACT } from "./reportActs";
import { stepsOf, type Report } from "./reportSteps";

const List = graphql(`
  query ConsoleReports($state: ReportState, $first: Int!, $after: String) {
    reports(state: $state, first: $first, after: $after) {
      totalCount
      edges { node { id category place description state receivedAt dueOn overdue finding answeredOn insider reward { state } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
export const One = graphql(`
  query ConsoleReport($id: ID!) {
    node(id: $id) {
      ... on Report {
        id channel category place description insider anonymous state receivedAt acceptedOn dueOn extended overdue reason finding
        verification answer answeredOn visitRequested demandId hazardId duplicateOf
        reward { state amount rules claimUntil }
        premises { id name address }
        photos { number url }
        history { step at }
      }
    }
  }
`);
const Counts = graphql(`
  query ConsoleReportCounts($since: Date!, $until: Date) {
    reportCounts(since: $since, until: $until) {
      town { id name }
      received accepted answered foundTrue rewardsPaid
      answeredOnTime { numerator denominator value }
      rewarded { numerator denominator value }
      awareness { numerator denominator value }
    }
  }
`);
const Towns = graphql(`query ConsoleReportTowns { tenants(first: 100) { edges { node { id name kind } } } }`);
const Demand = graphql(`query ConsoleReportDemand($id: ID!) { node(id: $id) { ... on InspectionDemand { id state dueOn unservedZh } } }`);

/** Reports to 12350: what came in, what was found, what the reporter is told, and the reward. */
export function Reports() {
  const { can } = useSession();
  const [filters, setFilters] = useFilters<"tab" | "id">();
  const reads = can("REPORT", "READ_OWN");
  const tabs = [
    ...(reads ? [{ key: "list", label: "举报", children: <ReportList /> }] : []),
    ...(can("REPORT", "READ_OWN", "READ_COUNTS") ? [{ key: "counts", label: "统计", children: <Figures /> }] : []),
  ];
  return (
    <>
      <PageHead title="举报 12350">
        <PublicPage />
      </PageHead>
      {!reads && <p>举报的内容由应急部门和属地镇街办理，这里只有各镇街的数字。</p>}
      <Tabs activeKey={filters.tab ?? tabs[0]?.key} onChange={(tab) => setFilters({ tab, id: null })} items={tabs} destroyOnHidden />
    </>
  );
}

/** Where anybody reports, for the notice board and the poster. */
function PublicPage() {
  const { viewer } = useSession();
  const code = viewer.tenant?.divisionCode?.slice(0, 6);
  return code ? (
    <Button href={`/report/${code}`} target="_blank" rel="noreferrer">
      公众举报页
    </Button>
  ) : null;
}

function ReportList() {
  const { can, viewer } = useSession();
  const [code, setCode] = useState<string | null>(null);
  const [version, setVersion] = useState(0);
  const takes = can("REPORT", "WRITE");
  return (
    <>
      {code && (
        <Alert
          type="success"
          showIcon
          role="status"
          style={{ marginBottom: 12 }}
          title={
            <>
              已登记。查询码：<strong className="mono">{code}</strong>
            </>
          }
          description="请现在告诉举报人：凭它查询办理结果、领取奖励。系统不保存查询码，关闭后无法再看到。"
          action={<Button onClick={() => setCode(null)}>已告知，关闭</Button>}
        />
      )}
      {takes && (
        <div className="list-head">
          <Enter
            onCode={(given) => {
              setCode(given);
              setVersion((before) => before + 1);
            }}
          />
          {viewer.role === "TENANT_ADMIN" && <Survey />}
        </div>
      )}
      <Records
        key={version}
        label="举报"
        query={List}
        pick={(data) => data.reports}
        variables={({ state }) => ({ state: (state as ReportState | undefined) ?? null })}
        filters={[{ name: "state", label: "状态", options: options(REPORT_STATE) }]}
        empty="没有举报"
        columns={[
          { title: "地点", width: "26%", cell: (row) => row.place },
          { title: "情况", width: "28%", wideOnly: true, cell: (row) => (row.description.length > 40 ? `${row.description.slice(0, 40)}…` : row.description) },
          { title: "类别", cell: (row) => HAZARD_CATEGORY[row.category] },
          { title: "收到", cell: (row) => <span className="number">{moment(row.receivedAt)}</span> },
          { title: "状态", cell: (row) => <StateTag state={row.state} table={REPORT_STATE} /> },
          { title: "办理期限", cell: (row) => <DueTag day={row.dueOn} done={row.answeredOn != null || row.state === "REJECTED"} /> },
          { title: "奖励", cell: (row) => (row.reward ? REWARD_STATE[row.reward.state] : "—") },
        ]}
        detail={{
          query: One,
          title: "举报详情",
          pick: (data) => (data.node && "receivedAt" in data.node ? data.node : null),
          heading: (one) => (
            <>
              {one.place} <StateTag state={one.state} table={REPORT_STATE} /> {one.overdue && <ToneTag tone="red">逾期</ToneTag>}
            </>
          ),
          steps: (one) => stepsOf(one, can),
          facts: factsOf,
          more: (one) => <After one={one} />,
        }}
      />
    </>
  );
}

function factsOf(one: Report): Fact[] {
  return [
    ["情况", <span key="said" className="pre">{one.description}</span>],
    ["类别", HAZARD_CATEGORY[one.category]],
    ["来源", `${REPORT_CHANNEL[one.channel]}，${moment(one.receivedAt)} 收到`],
    ["举报人", `${one.anonymous ? "匿名" : "留有姓名和电话（加密保存，办理人员看不到）"}${one.insider ? "，称是该单位从业人员" : ""}`],
    one.premises ? ["经营场所", `${one.premises.name}（${one.premises.address}）`] : null,
    one.acceptedOn ? ["受理", day(one.acceptedOn)] : null,
    one.dueOn ? ["办理期限", <span key="due"><DueTag day={one.dueOn} done={one.answeredOn != null} />{one.extended ? "（已延长一次）" : ""}</span>] : null,
    one.reason ? [one.state === "REJECTED" ? "不予受理的理由" : "延长的理由", <span key="why" className="pre">{one.reason}</span>] : null,
    one.finding ? ["核查结论", FINDING[one.finding]] : null,
    one.verification ? ["核查情况", <span key="found" className="pre">{one.verification}</span>] : null,
    one.hazardId ? ["登记的隐患", <Link key="hazard" to={`/hazards?id=${encodeURIComponent(one.hazardId)}`}>查看隐患</Link>] : null,
    one.duplicateOf ? ["先前的举报", <Link key="twin" to={`/reports?id=${encodeURIComponent(one.duplicateOf)}`}>查看先前的举报</Link>] : null,
    one.answer ? ["给举报人的答复", <span key="told" className="pre">{one.answer}</span>] : null,
    one.answeredOn ? ["答复日期", day(one.answeredOn)] : null,
  ];
}

type Rule = { citation?: string; confirmed?: boolean };

/** The visit that was asked for, the reward with the law behind it, and every step. */
function After({ one }: { one: Report }) {
  const rules = (Array.isArray(one.reward?.rules) ? one.reward.rules : []) as Rule[];
  return (
    <>
      {one.photos.length > 0 && <Photos of={one.photos} />}
      {one.demandId && <Visit id={one.demandId} />}
      {one.reward && (
        <section aria-label="举报奖励">
          <h3>举报奖励</h3>
          <p>
            {yuan(one.reward.amount)} <ToneTag tone={one.reward.state === "PAID" ? "green" : "plain"}>{REWARD_STATE[one.reward.state]}</ToneTag>
            {one.reward.claimUntil ? ` 领取期限 ${day(one.reward.claimUntil)}` : ""}
          </p>
          <ul className="lines">
            {rules.map((rule, index) => (
              <li key={index}>
                依据 {rule.citation}
                {rule.confirmed ? "" : "（待核对原文）"}
              </li>
            ))}
          </ul>
        </section>
      )}
      <h3>办理经过</h3>
      <ol className="lines">
        <li>
          <span className="number">{moment(one.receivedAt)}</span> 收到
        </li>
        {one.history.map((step, index) => (
          <li key={index}>
            <span className="number">{moment(step.at)}</span> {REPORT_STEP[step.step]}
          </li>
        ))}
      </ol>
    </>
  );
}

/** What came with the report; a press shows one as large as the page allows, and small again. */
function Photos({ of }: { of: Report["photos"] }) {
  const [large, setLarge] = useState<number | null>(null);
  return (
    <section aria-label="举报照片">
      <h3>举报照片</h3>
      <div className="report-photos">
        {of.map(({ number, url }) => (
          <button
            key={number}
            type="button"
            aria-pressed={large === number}
            aria-label={`第 ${number} 张，${large === number ? "缩小" : "放大"}`}
            onClick={() => setLarge(large === number ? null : number)}
          >
            <img src={url} alt={`举报照片第 ${number} 张`} />
          </button>
        ))}
      </div>
      <p className="soft">拍摄时间、位置和机型已去除；照片只给办理举报的人员看。</p>
    </section>
  );
}

function Visit({ id }: { id: string }) {
  const { can } = useSession();
  const [{ data }] = useQuery({ query: Demand, variables: { id }, pause: !can("DEMAND", "READ_OWN") });
  const found = data?.node && "dueOn" in data.node ? data.node : null;
  return (
    <section aria-label="线索核查">
      <h3>线索核查</h3>
      <p>
        已提出检查需求，不受检查频次限制（重庆市政府令第375号第二十九、三十条）。
        {found && (
          <>
            {" "}
            {DEMAND_STATE[found.state]}，最晚 {day(found.dueOn)}。{found.unservedZh ?? ""} <Link to="/joint?tab=demands">检查需求</Link>
          </>
        )}
      </p>
    </section>
  );
}

/** A report that somebody tells by telephone. */
function Enter({ onCode }: { onCode: (code: string) => void }) {
  const { viewer } = useSession();
  const town = viewer.role === "TENANT_ADMIN" ? viewer.tenant?.id : undefined;
  const [{ data }] = useQuery({ query: Towns, pause: town !== undefined });
  const towns = data?.tenants.edges.map(({ node }) => node).filter((one) => one.kind !== "DISTRICT") ?? [];
  return (
    <ActButton
      title="登记电话举报"
      document={REPORT_ACT.submit}
      button={{ type: "primary", icon: <PlusOutlined /> }}
      fixed={town ? { townId: town } : {}}
      done="已登记"
      onDone={(data) => onCode(data.submitReport.trackingCode ?? "")}
      intro="有人被困、起火、燃气泄漏时，请举报人先拨打 119。"
      shape={({ name, phone, ...rest }) => ({ ...rest, insider: Boolean(rest.insider), ...(name || phone ? { reporter: { name: name ?? "", phone: phone ?? "" } } : {}) })}
      fields={[
        ...(town ? [] : [{ name: "townId", label: "镇街", kind: "choice" as const, required: true, options: towns.map((one) => ({ value: one.id, label: one.name })) }]),
        { name: "category", label: "类别", kind: "choice", required: true, options: options(HAZARD_CATEGORY) },
        { name: "place", label: "地点", required: true, max: 200 },
        { name: "description", label: "情况", kind: "area", required: true },
        { name: "insider", label: "举报人是该单位从业人员", kind: "flag" },
        { name: "name", label: "举报人姓名", max: 100, help: "可以匿名；姓名和电话一起填，或者都不填。提交后加密，任何页面不再显示" },
        { name: "phone", label: "举报人电话", max: 100 },
      ]}
    >
      登记电话举报
    </ActButton>
  );
}

function Survey() {
  return (
    <ActButton
      title="登记知晓率调查"
      document={REPORT_ACT.survey}
      done="已登记"
      fields={[
        { name: "heldOn", label: "调查日期", kind: "day", required: true, initial: legalDay(new Date()) },
        { name: "asked", label: "询问人数", kind: "number", required: true },
        { name: "aware", label: "知晓人数", kind: "number", required: true },
        { name: "method", label: "方式", required: true, max: 200, help: "例如“街头问卷”" },
      ]}
    >
      登记知晓率调查
    </ActButton>
  );
}

const PERIODS = [
  { value: "year", label: "今年" },
  { value: "last", label: "去年" },
  { value: "month", label: "近 30 日" },
];

function Figures() {
  const [period, setPeriod] = useState("year");
  const year = Number(legalDay(new Date()).slice(0, 4));
  const spans: Record<string, { since: string; until: string | null }> = {
    year: { since: `${year}-01-01`, until: null },
    last: { since: `${year - 1}-01-01`, until: `${year - 1}-12-31` },
    month: { since: dayFromNow(-29), until: null },
  };
  return (
    <>
      <div className="filters">
        <Select aria-label="期间" value={period} options={PERIODS} onChange={setPeriod} />
      </div>
      <CountTable
        label="各镇街的举报"
        query={Counts}
        variables={spans[period]!}
        pick={(data) => data.reportCounts}
        rowKey={(row) => row.town.id}
        columns={[
          { title: "镇街", cell: (row) => row.town.name },
          { title: "收到", right: true, cell: (row) => number(row.received) },
          { title: "受理", right: true, cell: (row) => number(row.accepted) },
          { title: "已答复", right: true, cell: (row) => number(row.answered) },
          { title: "按期答复", right: true, cell: (row) => <Ratio of={row.answeredOnTime} /> },
          { title: "属实", right: true, cell: (row) => number(row.foundTrue) },
          { title: "已奖励", right: true, cell: (row) => <Ratio of={row.rewarded} /> },
          { title: "奖金", right: true, cell: (row) => yuan(row.rewardsPaid) },
          { title: "知晓率", right: true, cell: (row) => <Ratio of={row.awareness} /> },
        ]}
      />
    </>
  );
}
