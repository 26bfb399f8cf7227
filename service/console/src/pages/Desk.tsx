import { Button, Card, Empty, Statistic } from "antd";
import { Link } from "react-router";
import { useQuery } from "urql";

import { useSession } from "../app/session";
import { articleText } from "../parts/lawWords";
import { graphql } from "../gql";
import { Failure } from "../parts/Failure";
import { day, dayFromNow, legalDay, number } from "../parts/format";
import { DEADLINE_SUBJECT, HAZARD_STATE, INSPECTION_STATE } from "../parts/labels";
import { PageHead } from "../parts/Page";
import { DueTag, StateTag } from "../parts/Tags";
import { ToneTag } from "../parts/Tone";
import { Waiting } from "../parts/Waiting";

const Ask = graphql(`
  query Desk(
    $hazards: Boolean!, $inspections: Boolean!, $checks: Boolean!, $risks: Boolean!
    $today: Date!, $soon: Date!, $dayAfter: Date!
  ) {
    overdue: hazards(where: { state: OVERDUE }, first: 1) @include(if: $hazards) { totalCount }
    supervised: hazards(where: { state: SUPERVISED }, first: 1) @include(if: $hazards) { totalCount }
    toGrade: hazards(where: { state: FOUND }, first: 1) @include(if: $hazards) { totalCount }
    toAssign: hazards(where: { state: GRADED }, first: 1) @include(if: $hazards) { totalCount }
    toVerify: hazards(where: { state: SELF_CHECKED }, first: 1) @include(if: $hazards) { totalCount }
    toClose: hazards(where: { state: VERIFIED }, first: 1) @include(if: $hazards) { totalCount }
    dueSoon: hazards(where: { dueBefore: $soon }, first: 20) @include(if: $hazards) {
      edges { node { id description state dueOn enterprise { name } } }
    }
    reviews: riskPoints(where: { state: REVIEW_DUE }, first: 1) @include(if: $risks) { totalCount }
    visits: inspections(where: { plannedFrom: $today, plannedTo: $today }, first: 20) @include(if: $inspections) {
      totalCount
      edges { node { id state plannedOn items enterprise { name } premises { name address } } }
    }
    toApprove: inspections(where: { state: PLANNED }, first: 1) @include(if: $inspections) { totalCount }
    reinspect: inspections(where: { state: DUE }, first: 1) @include(if: $inspections) { totalCount }
    running: legalDeadlines(where: { state: RUNNING, dueBefore: $soon }, first: 20) @include(if: $inspections) {
      edges { node { id subject subjectId rule article dueOn onParty confirmed } }
    }
    over: legalDeadlines(where: { state: OVER }, first: 1) @include(if: $inspections) { totalCount }
    checksDue: routineChecks(where: { state: DUE, dueUntil: $today }, first: 1) @include(if: $checks) { totalCount }
    checksMissed: routineChecks(where: { state: MISSED, dueFrom: $dayAfter }, first: 1) @include(if: $checks) { totalCount }
  }
`);

// A request asks for at most 20 fields at its root, so what the office keeps is asked for apart.
const AskKept = graphql(`
  query DeskKept(
    $plates: Boolean!, $grants: Boolean!, $plans: Boolean!, $standard: Boolean!, $assets: Boolean!, $register: Boolean!, $takes: Boolean!, $finds: Boolean!, $answers: Boolean!
    $yesterday: Date!, $inMonth: Date!
  ) {
    ending: expiringStandardisationCerts(withinDays: 90, first: 1) @include(if: $standard) { totalCount }
    lacking: enterprisesWithoutCertificate(first: 1) @include(if: $standard) { totalCount }
    assetsOver: assets(where: { dueUntil: $yesterday }, first: 1) @include(if: $assets) { totalCount }
    assetsDue: assets(where: { dueUntil: $inMonth }, first: 1) @include(if: $assets) { totalCount }
    twins: likelyDuplicates(first: 1) @include(if: $register) { totalCount }
    holes: responsibilityHoles(first: 1) @include(if: $plates) { totalCount }
    grants: appGrants(state: REQUESTED, first: 1) @include(if: $grants) { totalCount }
    told: reports(state: RECEIVED, first: 1) @include(if: $takes) { totalCount }
    accepted: reports(state: ACCEPTED, first: 1) @include(if: $takes) { totalCount }
    transferred: reports(state: TRANSFERRED, first: 1) @include(if: $finds) { totalCount }
    unanswered: reports(state: VERIFIED, first: 1) @include(if: $answers) { totalCount }
    plans: jointPlans(first: 10) @include(if: $plans) { edges { node { id version state } } }
  }
`);

type Tile = { label: string; count: number | undefined; to: string; loud?: boolean };

export function Desk() {
  const { can, viewer } = useSession();
  const today = legalDay(new Date());
  const own = can("HAZARD", "READ_OWN");
  const [asked, again] = useQuery({
    query: Ask,
    variables: {
      hazards: own,
      risks: own,
      inspections: can("INSPECTION", "READ_OWN"),
      checks: can("ROUTINE_CHECK", "READ_OWN"),
      today,
      soon: dayFromNow(8),
      dayAfter: dayFromNow(-7),
    },
  });
  const [askedKept, againKept] = useQuery({
    query: AskKept,
    variables: {
      plates: viewer.role === "TENANT_ADMIN",
      grants: can("APP_GRANT", "DECIDE"),
      plans: can("DEMAND", "DECIDE"),
      standard: can("STANDARDISATION", "READ_OWN"),
      assets: can("ASSET", "READ_OWN"),
      register: viewer.role === "TENANT_ADMIN",
      takes: can("REPORT", "DECIDE"),
      finds: can("REPORT", "VERIFY") || viewer.role === "TENANT_ADMIN",
      answers: viewer.role === "TENANT_ADMIN",
      yesterday: dayFromNow(-1),
      inMonth: dayFromNow(30),
    },
  });
  const refresh = () => {
    again({ requestPolicy: "network-only" });
    againKept({ requestPolicy: "network-only" });
  };
  const { data } = asked;
  const kept = askedKept.data;
  const error = (!data && asked.error) || (!kept && askedKept.error);
  if (error) return <Failure error={error} retry={refresh} />;
  if (!data || !kept) return <Waiting />;
  const solved = kept.plans?.edges.filter(({ node }) => node.state === "SOLVED").length;
  const tiles: Tile[] = [
    { label: "隐患逾期", count: data.overdue?.totalCount, to: "/hazards?state=OVERDUE", loud: true },
    { label: "挂牌督办", count: data.supervised?.totalCount, to: "/hazards?state=SUPERVISED", loud: true },
    { label: "法定期限已过", count: data.over?.totalCount, to: "/inspections", loud: true },
    { label: "隐患待定级", count: data.toGrade?.totalCount, to: "/hazards?state=FOUND" },
    { label: "隐患待交办", count: data.toAssign?.totalCount, to: "/hazards?state=GRADED" },
    { label: "隐患待复核", count: data.toVerify?.totalCount, to: "/hazards?state=SELF_CHECKED" },
    { label: "隐患待销号", count: data.toClose?.totalCount, to: "/hazards?state=VERIFIED" },
    { label: "检查待批准", count: data.toApprove?.totalCount, to: "/inspections?state=PLANNED" },
    { label: "待复查", count: data.reinspect?.totalCount, to: "/inspections?state=DUE" },
    { label: "风险点待复评", count: data.reviews?.totalCount, to: "/risks?state=REVIEW_DUE" },
    { label: "今日未做的自查", count: data.checksDue?.totalCount, to: "/checks?state=DUE" },
    { label: "七日内漏查", count: data.checksMissed?.totalCount, to: "/checks?state=MISSED", loud: true },
    { label: "责任牌空缺", count: kept.holes?.totalCount, to: "/plates" },
    { label: "设备超期未检", count: kept.assetsOver?.totalCount, to: "/standard?tab=assets", loud: true },
    { label: "设备30日内到期", count: kept.assetsDue && kept.assetsOver ? kept.assetsDue.totalCount - kept.assetsOver.totalCount : undefined, to: "/standard?tab=assets" },
    { label: "标准化证书90日内到期", count: kept.ending?.totalCount, to: "/standard?tab=ending" },
    { label: "限上未达标企业", count: kept.lacking?.totalCount, to: "/standard?tab=lacking" },
    { label: "疑似重复企业", count: kept.twins?.totalCount, to: "/enterprises/duplicates" },
    { label: "待审批的授权", count: kept.grants?.totalCount, to: "/apps?state=REQUESTED" },
    { label: "举报待受理", count: kept.told?.totalCount, to: "/reports?state=RECEIVED", loud: true },
    { label: "举报待转办", count: kept.accepted?.totalCount, to: "/reports?state=ACCEPTED" },
    { label: "举报待核查", count: kept.transferred?.totalCount, to: "/reports?state=TRANSFERRED" },
    { label: "举报待答复", count: kept.unanswered?.totalCount, to: "/reports?state=VERIFIED" },
    { label: "联合计划待批准", count: solved, to: "/joint" },
  ].filter((tile) => tile.count !== undefined);
  const open = (data.dueSoon?.edges ?? []).filter(({ node }) => node.state !== "CLOSED");
  const visits = data.visits?.edges ?? [];
  const running = data.running?.edges ?? [];
  return (
    <>
      <PageHead title={`今日待办 · ${day(today)}`}>
        <Button onClick={refresh}>刷新</Button>
      </PageHead>
      <ul className="tiles" style={{ listStyle: "none", margin: "0 0 16px", padding: 0 }}>
        {tiles.map((tile) => (
          <li key={tile.label}>
            <Link to={tile.to} style={{ display: "block" }}>
              <Card size="small" hoverable>
                <Statistic
                  title={tile.label}
                  value={tile.count}
                  formatter={() => (
                    <span className="number">
                      {number(tile.count)}
                      {tile.loud && (tile.count ?? 0) > 0 && <ToneTag tone="red" style={{ marginInlineStart: 8, verticalAlign: "middle" }}>须处理</ToneTag>}
                    </span>
                  )}
                />
              </Card>
            </Link>
          </li>
        ))}
      </ul>
      <div style={{ display: "grid", gap: 16, gridTemplateColumns: "repeat(auto-fit, minmax(min(340px, 100%), 1fr))" }}>
        {data.visits && (
          <Card title={`今日检查 ${number(data.visits.totalCount)}`} size="small">
            {visits.length === 0 ? (
              <Nothing text="今天没有安排检查" />
            ) : (
              <ul className="cards">
                {visits.map(({ node }) => (
                  <li key={node.id}>
                    <Link to={`/inspections?id=${encodeURIComponent(node.id)}`}>{node.enterprise?.name ?? node.premises?.name}</Link>{" "}
                    <StateTag state={node.state} table={INSPECTION_STATE} />
                    <div>{node.premises?.address}</div>
                  </li>
                ))}
              </ul>
            )}
          </Card>
        )}
        {data.dueSoon && (
          <Card title="七日内到期和已逾期的隐患" size="small">
            {open.length === 0 ? (
              <Nothing text="没有临期的隐患" />
            ) : (
              <ul className="cards">
                {open.map(({ node }) => (
                  <li key={node.id}>
                    <Link className="break" to={`/hazards?id=${encodeURIComponent(node.id)}`}>
                      {node.description}
                    </Link>
                    <div className="break">{node.enterprise?.name}</div>
                    <DueTag day={node.dueOn} /> <StateTag state={node.state} table={HAZARD_STATE} />
                  </li>
                ))}
              </ul>
            )}
          </Card>
        )}
        {data.running && (
          <Card title="七日内届满的法定期限" size="small">
            {running.length === 0 ? (
              <Nothing text="没有临近的法定期限" />
            ) : (
              <ul className="cards">
                {running.map(({ node }) => (
                  <li key={node.id}>
                    {DEADLINE_SUBJECT[node.subject]} · {articleText(node.article)}
                    <div>
                      <DueTag day={node.dueOn} /> {node.onParty ? "当事人的期限" : "本机关的期限"}
                      {node.confirmed ? "" : " · 待核对原文"}
                    </div>
                  </li>
                ))}
              </ul>
            )}
          </Card>
        )}
      </div>
    </>
  );
}

function Nothing({ text }: { text: string }) {
  return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={text} />;
}
