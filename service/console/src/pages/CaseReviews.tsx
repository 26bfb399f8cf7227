import { Tabs } from "antd";
import { useQuery } from "urql";

import { useSession } from "../app/session";
import { graphql } from "../gql";
import type { CaseFileGrade, ConsoleReviewedFileQuery, ReviewedFileState } from "../gql/graphql";
import { CASE_FILE_GRADE, REVIEW_ROUND_STATE, REVIEWED_FILE_STATE } from "../parts/caseLabels";
import { CountTable, Ratio } from "../parts/CountTable";
import { day, dayFromNow, legalDay, moment, number } from "../parts/format";
import { options } from "../parts/labels";
import { articleText } from "../parts/lawWords";
import { PageHead } from "../parts/Page";
import { Records, type Fact } from "../parts/Records";
import { DueTag, StateTag } from "../parts/Tags";
import { ToneTag } from "../parts/Tone";
import { useFilters } from "../parts/useSearch";
import { Waiting } from "../parts/Waiting";
import { ReviewedCase, REVIEW_ACT, stepsOfFile } from "./caseReviewSteps";

const Files = graphql(`
  query ConsoleReviewedFiles($state: ReviewedFileState, $grade: CaseFileGrade, $first: Int!, $after: String) {
    reviewedFiles(where: { state: $state, grade: $grade }, first: $first, after: $after) {
      totalCount
      edges { node { id caseNumber roundTitle state score grade vetoed objectBy correctBy town { id name } body { id name } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const OneFile = graphql(`
  query ConsoleReviewedFile($id: ID!) {
    node(id: $id) {
      ... on ReviewedFile {
        id caseNumber roundTitle state score grade vetoed resultOn objectBy objection answer revised correctBy correctedOn returned excluded
        closedOn possibleSteps
        town { id name } body { id name }
        reviews { slot reviewer score vetoed opinion at points { criterion deducted note } }
        findings { criterion deducted note correction correctedOn }
        rubric { spread criteria { code text points veto } }
      }
    }
  }
`);
const Rounds = graphql(`
  query ConsoleReviewRounds($first: Int!, $after: String) {
    reviewRounds(first: $first, after: $after) {
      totalCount
      edges { node { id number title state closedFrom closedTo objects drawn committedAt } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const OneRound = graphql(`
  query ConsoleReviewRound($id: ID!) {
    node(id: $id) {
      ... on ReviewRound {
        id number title state closedFrom closedTo perTown rubricDay seedSource seedKnownAfter commitment objects seed drawn voidReason committedAt
        body { id name }
      }
    }
  }
`);
const Counts = graphql(`
  query ConsoleCaseReviewCounts($since: Date!) {
    caseReviewCounts(since: $since) {
      town { id name } reviewed excellent good qualified unqualified vetoed defects defectRate objected revised
      correctedOnTime { numerator denominator value }
    }
  }
`);
const Rubric = graphql(`
  query ConsoleReviewRubric {
    caseReviewRubric { spread criteria { code text points veto article confirmed } bands { grade least } }
  }
`);

export type ReviewedFile = Extract<NonNullable<ConsoleReviewedFileQuery["node"]>, { caseNumber: string }>;

const SLOT: Record<number, string> = { 1: "评查人一", 2: "评查人二", 3: "第三人裁定", 4: "异议复核" };

/** Quality review of case files: what was drawn, how it was scored, what the body mends. */
export function CaseReviews() {
  const [filters, setFilters] = useFilters<"tab" | "state" | "grade" | "id">();
  return (
    <>
      <PageHead title="案卷评查" />
      <Tabs
        activeKey={filters.tab ?? "files"}
        onChange={(tab) => setFilters({ tab, state: null, grade: null, id: null })}
        destroyOnHidden
        items={[
          { key: "files", label: "抽中的案卷", children: <FileList /> },
          { key: "rounds", label: "评查批次", children: <RoundList /> },
          { key: "counts", label: "今年统计", children: <Figures /> },
          { key: "rubric", label: "评查标准", children: <Standard /> },
        ]}
      />
    </>
  );
}

function FileList() {
  const { can, viewer } = useSession();
  return (
    <Records
      label="抽中的案卷"
      query={Files}
      pick={(data) => data.reviewedFiles}
      variables={({ state, grade }) => ({ state: (state as ReviewedFileState | undefined) ?? null, grade: (grade as CaseFileGrade | undefined) ?? null })}
      filters={[
        { name: "state", label: "状态", options: options(REVIEWED_FILE_STATE) },
        { name: "grade", label: "等次", options: options(CASE_FILE_GRADE) },
      ]}
      empty="还没有抽中的案卷；委员会或部门在“评查批次”里抽取"
      columns={[
        { title: "立案号", width: "26%", cell: (row) => row.caseNumber },
        { title: "镇街", cell: (row) => row.town?.name ?? "—" },
        { title: "承办单位", wideOnly: true, cell: (row) => row.body?.name ?? "—" },
        { title: "批次", wideOnly: true, cell: (row) => row.roundTitle },
        { title: "状态", cell: (row) => <StateTag state={row.state} table={REVIEWED_FILE_STATE} /> },
        { title: "得分", right: true, cell: (row) => (row.score == null ? "—" : row.score.toFixed(1)) },
        { title: "等次", cell: (row) => (row.grade ? CASE_FILE_GRADE[row.grade] : "—") },
      ]}
      detail={{
        query: OneFile,
        title: "案卷评查详情",
        pick: (data) => (data.node && "caseNumber" in data.node ? data.node : null),
        heading: (one) => (
          <>
            {one.caseNumber} <StateTag state={one.state} table={REVIEWED_FILE_STATE} />
          </>
        ),
        steps: (one) => stepsOfFile(one, can, viewer.body?.name),
        facts: factsOfFile,
        more: (one) => <Scores one={one} />,
      }}
    />
  );
}

function factsOfFile(one: ReviewedFile): Fact[] {
  const ended = one.state === "CLOSED" || one.state === "EXCLUDED";
  return [
    ["批次", one.roundTitle],
    ["镇街", one.town?.name],
    ["承办单位", one.body?.name],
    one.score == null ? ["得分", "两名评查人都评完后才显示，互相看不到"] : ["得分", `${one.score.toFixed(1)} 分${one.grade ? `，${CASE_FILE_GRADE[one.grade]}` : ""}${one.vetoed ? "（一票否决）" : ""}`],
    one.resultOn ? ["结果日期", day(one.resultOn)] : null,
    one.objectBy ? ["提出异议期限", <DueTag key="object" day={one.objectBy} done={one.state !== "RESULT"} />] : null,
    one.objection ? ["异议", <span key="objection" className="pre">{one.objection}</span>] : null,
    one.answer ? ["复核意见", <span key="answer" className="pre">{`${one.answer}${one.revised ? "（已改变结果）" : "（维持结果）"}`}</span>] : null,
    one.correctBy ? ["整改期限", <DueTag key="correct" day={one.correctBy} done={one.correctedOn != null || ended} />] : null,
    one.correctedOn ? ["整改完成", day(one.correctedOn)] : null,
    one.returned ? ["退回原因", one.returned] : null,
    one.excluded ? ["不再评查的原因", one.excluded] : null,
    one.closedOn ? ["评查结束", day(one.closedOn)] : null,
  ];
}

/** The case for whoever states why, the scores once there is a result, and every defect. */
function Scores({ one }: { one: ReviewedFile }) {
  const { can } = useSession();
  const texts = new Map(one.rubric.criteria.map((line) => [line.code, line.text]));
  return (
    <>
      {can("CASE_REVIEW", "READ_WITH_PURPOSE") && <ReviewedCase id={one.id} />}
      {one.findings.length > 0 && (
        <section aria-label="扣分项">
          <h3>扣分项</h3>
          <ul className="lines">
            {one.findings.map((found) => (
              <li key={found.criterion}>
                {texts.get(found.criterion) ?? found.criterion}：{found.deducted > 0 ? `扣 ${number(found.deducted)} 分` : "一票否决"}，{found.note}
                <br />
                {found.correction ? `整改：${found.correction}` : <ToneTag tone="red">未整改</ToneTag>}
              </li>
            ))}
          </ul>
        </section>
      )}
      {one.reviews.length > 0 && (
        <section aria-label="评分">
          <h3>评分</h3>
          <ul className="lines">
            {one.reviews.map((review) => (
              <li key={review.slot}>
                {SLOT[review.slot]} {review.reviewer}（{moment(review.at)}）：{review.score.toFixed(1)} 分{review.vetoed ? "，一票否决" : ""}。{review.opinion}
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function RoundList() {
  const { can } = useSession();
  const organises = can("CASE_REVIEW", "DECIDE");
  return (
    <Records
      label="评查批次"
      query={Rounds}
      pick={(data) => data.reviewRounds}
      empty="还没有评查批次"
      starts={[
        {
          label: "新建评查批次",
          may: organises,
          act: {
            title: "新建评查批次",
            document: REVIEW_ACT.commit,
            done: "名单已锁定并公布承诺值，等公开种子产生后抽取",
            intro: "先锁定已结案卷名单，再用事后才产生的公开种子抽取：谁也挑不了案卷。",
            fields: [
              { name: "title", label: "名称", required: true, max: 200 },
              { name: "closedFrom", label: "结案日期从", kind: "day", required: true, initial: `${legalDay(new Date()).slice(0, 4)}-01-01` },
              { name: "closedTo", label: "结案日期到", kind: "day", required: true, initial: legalDay(new Date()) },
              { name: "perTown", label: "每个镇街抽几卷", kind: "number", required: true, initial: 3, help: "1 至 50；不足的全部抽中" },
              { name: "seedSource", label: "公开种子的来源", required: true, help: "例如“福利彩票双色球第 2026135 期开奖号码”" },
              { name: "seedKnownAfter", label: "种子最早产生的时间", kind: "moment", required: true, help: "至少在十分钟以后" },
            ],
          },
        },
      ]}
      columns={[
        { title: "批次", width: "34%", cell: (row) => `第 ${row.number} 批 ${row.title}` },
        { title: "状态", cell: (row) => <StateTag state={row.state} table={REVIEW_ROUND_STATE} /> },
        { title: "结案日期", wideOnly: true, cell: (row) => `${row.closedFrom} 至 ${row.closedTo}` },
        { title: "名单", right: true, cell: (row) => number(row.objects) },
        { title: "抽中", right: true, cell: (row) => number(row.drawn) },
        { title: "锁定时间", wideOnly: true, cell: (row) => <span className="number">{moment(row.committedAt)}</span> },
      ]}
      detail={{
        query: OneRound,
        title: "评查批次详情",
        pick: (data) => (data.node && "commitment" in data.node && "perTown" in data.node ? data.node : null),
        heading: (one) => (
          <>
            第 {one.number} 批 {one.title} <StateTag state={one.state} table={REVIEW_ROUND_STATE} />
          </>
        ),
        steps: (one) => [
          {
            label: "抽取",
            may: organises && one.state === "COMMITTED",
            who: one.state === "COMMITTED" ? "委员会或组织评查的部门" : undefined,
            act: { title: "用公开种子抽取", document: REVIEW_ACT.draw, fixed: { roundId: one.id }, intro: `种子来源：${one.seedSource}，${moment(one.seedKnownAfter)} 以后才有。`, fields: [{ name: "seed", label: "公开种子", required: true, max: 400 }] },
          },
          {
            label: "作废",
            danger: true,
            may: organises && one.state === "COMMITTED",
            act: { title: "作废这一批次", document: REVIEW_ACT.void, fixed: { roundId: one.id }, intro: "作废后仍留在列表里，谁都能看到原因。", fields: [{ name: "reason", label: "原因", kind: "area", required: true, max: 400 }] },
          },
        ],
        facts: (one) => [
          ["组织", one.body?.name ?? "商贸安全专委会"],
          ["结案日期", `${day(one.closedFrom)} 至 ${day(one.closedTo)}`],
          ["每个镇街", `${number(one.perTown)} 卷`],
          ["评查标准", `${day(one.rubricDay)} 有效的标准`],
          ["名单", `${number(one.objects)} 卷，抽中 ${number(one.drawn)} 卷`],
          ["承诺值 SHA-256", <span key="hash" className="mono">{one.commitment}</span>],
          ["公开种子的来源", one.seedSource],
          ["公开种子", one.seed ?? `${moment(one.seedKnownAfter)} 以后才有`],
          one.voidReason ? ["作废原因", one.voidReason] : null,
        ],
      }}
    />
  );
}

function Figures() {
  const since = `${legalDay(new Date()).slice(0, 4)}-01-01`;
  return (
    <>
      <p className="soft">{day(since)} 至 {day(dayFromNow(0))} 出结果的案卷。处罚金额和检查次数不在其中。</p>
      <CountTable
        label="各镇街的案卷评查"
        query={Counts}
        variables={{ since }}
        pick={(data) => data.caseReviewCounts}
        rowKey={(row) => row.town.id}
        columns={[
          { title: "镇街", cell: (row) => row.town.name },
          { title: "评查", right: true, cell: (row) => number(row.reviewed) },
          { title: "优秀", right: true, cell: (row) => number(row.excellent) },
          { title: "良好", right: true, cell: (row) => number(row.good) },
          { title: "合格", right: true, cell: (row) => number(row.qualified) },
          { title: "不合格", right: true, cell: (row) => number(row.unqualified) },
          { title: "一票否决", right: true, cell: (row) => number(row.vetoed) },
          { title: "每卷扣分项", right: true, cell: (row) => (row.defectRate == null ? "—" : row.defectRate.toFixed(1)) },
          { title: "异议", right: true, cell: (row) => `${number(row.objected)}（改变 ${number(row.revised)}）` },
          { title: "按期整改", right: true, cell: (row) => <Ratio of={row.correctedOnTime} /> },
        ]}
      />
    </>
  );
}

function Standard() {
  const [{ data }] = useQuery({ query: Rubric });
  const bands = data?.caseReviewRubric.bands ?? [];
  if (!data) return <Waiting />;
  return (
    <>
      <p>
        满分 100 分：{bands.map((band) => `${CASE_FILE_GRADE[band.grade]} ${number(band.least)} 分以上`).join("，")}
        。两名评查人相差超过 {number(data.caseReviewRubric.spread)} 分时由第三人裁定。
      </p>
      <CountTable
        label="评查标准"
        query={Rubric}
        variables={{}}
        pick={(found) => found.caseReviewRubric.criteria}
        rowKey={(row) => row.code}
        columns={[
          { title: "项目", width: "46%", cell: (row) => row.text },
          { title: "分值", right: true, cell: (row) => (row.veto ? <ToneTag tone="red">一票否决</ToneTag> : number(row.points)) },
          { title: "依据", width: "30%", cell: (row) => articleText(row.article) },
          { title: "核对", cell: (row) => (row.confirmed ? "已核对" : "待核对原文") },
        ]}
      />
    </>
  );
}
