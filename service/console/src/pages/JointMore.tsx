import { useState } from "react";
import { Card, Empty, Select, Statistic } from "antd";
import { useQuery } from "urql";

import { useSession } from "../app/session";
import { graphql } from "../gql";
import type { DrawState, ObjectionDecision, PlanChange, PlanChangeCause } from "../gql/graphql";
import { ActButton } from "../parts/Act";
import { ConnectionTable } from "../parts/ConnectionTable";
import { CountTable, Ratio } from "../parts/CountTable";
import { Failure } from "../parts/Failure";
import { clock, legalDay, moment, number } from "../parts/format";
import { RISK, options } from "../parts/labels";
import { BodyPicker, RegisterPicker } from "../parts/Pickers";
import { Records } from "../parts/Records";
import { StateTag } from "../parts/Tags";
import { ToneTag } from "../parts/Tone";
import { Waiting } from "../parts/Waiting";
import { JOINT_ACT } from "./jointActs";

const Objections = graphql(`
  query ConsoleObjections($plan: ID!, $first: Int!, $after: String) {
    planObjections(planId: $plan, first: $first, after: $after) {
      totalCount
      edges { node { id reason madeAt visitId body { name } ruling { decision reason ruledAt leadBody { name } } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const Compared = graphql(`
  query ConsoleCompare($before: ID!, $after: ID!) {
    jointPlanComparison(before: $before, after: $after) {
      unchanged
      counts { change visits }
      differences { change cause words before { id day startsAt } after { id day startsAt } }
    }
  }
`);
const Versions = graphql(`query ConsolePlanVersions { jointPlans(first: 50) { edges { node { id version state firstDay lastDay } } } }`);
const Figures = graphql(`
  query ConsoleJointFigures($from: Date!, $to: Date!) {
    jointFigures(firstDay: $from, lastDay: $to) {
      receipt { visits mergedDemands separateVisits recognised spared }
      duplicates { numerator denominator value }
      mergeGain { numerator denominator value }
      jointShare { numerator denominator value }
      recognition { numerator denominator value }
      capBreaches
      refusals
    }
  }
`);
const Ratings = graphql(`query ConsoleRatings($from: Date!, $to: Date!) { bodyRatings(firstDay: $from, lastDay: $to) { body { id name } ratings lawful courteous useful } }`);
const Refusals = graphql(`
  query ConsoleRefusals($first: Int!, $after: String) {
    inspectionRefusals(first: $first, after: $after) {
      totalCount
      edges { cursor node { whoCame reason refusedAt } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const Receipt = graphql(`
  query ConsoleReceipt($id: ID!, $from: Date!, $to: Date!) {
    burdenReceipt(enterpriseId: $id, firstDay: $from, lastDay: $to) { visits mergedDemands separateVisits recognised spared }
  }
`);
const Draws = graphql(`
  query ConsoleDraws($first: Int!, $after: String) {
    randomDraws(first: $first, after: $after) {
      totalCount
      edges { node { id number title state objects committedAt body { name } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const Draw = graphql(`
  query ConsoleDraw($id: ID!) {
    node(id: $id) {
      ... on RandomDraw {
        id number title state seedSource seedKnownAfter commitment committedAt objects seed voidReason path
        body { id name }
        drawn { stratum premisesId officerIds }
      }
    }
  }
`);

const DECISION: Record<ObjectionDecision, string> = { DISMISSED: "驳回", LEAD_CHANGED: "更换牵头机关", VISIT_DROPPED: "取消这次检查", RETURNED: "计划退回重编" };
const CHANGE: Record<PlanChange, string> = { ADDED: "新增", DROPPED: "取消", MOVED: "改期", TEAM_CHANGED: "换人", DEMANDS_CHANGED: "合并的需求变化" };
const CAUSE: Record<PlanChangeCause, string> = { NEW_DEMAND: "有新需求", DEMAND_SETTLED: "需求已了结", DEMAND_LEFT_OUT: "需求没有排上", OTHER_VISITS: "因其他检查而变动" };
const DRAW_STATE: Record<DrawState, string> = { COMMITTED: "已公布名单摘要，待抽取", DRAWN: "已抽取", VOID: "已作废" };

/** What bodies object to in a plan, and how the committee settles it. */
export function PlanObjections({ plan, open, version, onDone }: { plan: string; open: boolean; version: number; onDone: () => void }) {
  const { can, viewer } = useSession();
  return (
    <>
      {open && can("DEMAND", "DECIDE") && viewer.body && (
        <ActButton
          title="对计划提出异议"
          document={JOINT_ACT.objectToJointPlan}
          fixed={{ planId: plan }}
          onDone={onDone}
          intro="由专委办裁决；异议没有裁决以前计划不能发布。对其中一次检查的异议，在日程里提出。"
          fields={[{ name: "reason", label: "理由", kind: "area", required: true }]}
        >
          提出异议
        </ActButton>
      )}
      <ConnectionTable
        label="异议"
        query={Objections}
        variables={{ plan }}
        version={version}
        pick={(data) => data.planObjections}
        empty="没有异议"
        columns={[
          { title: "机关", cell: (row) => row.body?.name ?? "—" },
          { title: "对象", cell: (row) => (row.visitId ? "一次检查" : "整个计划") },
          { title: "理由", width: "34%", cell: (row) => <span className="break">{row.reason}</span> },
          { title: "提出", cell: (row) => <span className="number">{moment(row.madeAt)}</span> },
          {
            title: "裁决",
            width: "26%",
            cell: (row) =>
              row.ruling ? (
                `${DECISION[row.ruling.decision]}${row.ruling.leadBody ? `为${row.ruling.leadBody.name}` : ""}：${row.ruling.reason}`
              ) : can("DEMAND", "ARBITRATE") && open ? (
                <ActButton
                  title="裁决异议"
                  document={JOINT_ACT.ruleOnObjection}
                  fixed={{ objectionId: row.id }}
                  onDone={onDone}
                  fields={[
                    { name: "decision", label: "裁决", kind: "radio", required: true, options: options(DECISION).filter((one) => row.visitId || one.value === "DISMISSED" || one.value === "RETURNED") },
                    { name: "leadBodyId", label: "改由牵头的机关", control: <BodyPicker />, required: true, when: (values) => values.decision === "LEAD_CHANGED" },
                    { name: "reason", label: "理由", kind: "area", required: true },
                  ]}
                >
                  裁决
                </ActButton>
              ) : (
                <ToneTag tone="orange">待专委办裁决</ToneTag>
              ),
          },
        ]}
      />
    </>
  );
}

/** What moved from one version to this one, and why. */
export function PlanComparison({ plan, version }: { plan: string; version: number }) {
  const [{ data: known }] = useQuery({ query: Versions });
  const versions = known?.jointPlans.edges.map(({ node }) => node).filter((one) => one.id !== plan && ["SOLVED", "PUBLISHED", "RETURNED", "CANCELLED"].includes(one.state)) ?? [];
  const [chosen, choose] = useState<string | undefined>();
  const before = chosen ?? versions.find((one) => one.version < version)?.id ?? versions[0]?.id;
  const [{ data, error, fetching }] = useQuery({ query: Compared, variables: { before: before ?? "", after: plan }, pause: !before });
  if (known && versions.length === 0) return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description="只有这一版，没有可以比较的" />;
  if (error) return <Failure error={error} />;
  const found = data?.jointPlanComparison;
  const when = (visit: { day: string; startsAt: string } | null | undefined) => (visit ? `${visit.day} ${clock(visit.startsAt)}` : "—");
  return (
    <>
      <Select aria-label="与哪一版比较" value={before} onChange={choose} options={versions.map((one) => ({ value: one.id, label: `与第 ${one.version} 版比较（${one.firstDay} 至 ${one.lastDay}）` }))} style={{ width: "min(360px, 100%)", marginBottom: 12 }} />
      {fetching && !found && <Waiting />}
      {found && (
        <>
          <p>
            不变 {number(found.unchanged)} 次；{found.counts.map((one) => `${CHANGE[one.change]} ${number(one.visits)} 次`).join("，") || "没有变化"}
          </p>
          <ul className="cards">
            {found.differences.map((one, at) => (
              <li key={at}>
                <Card size="small">
                  <ToneTag tone={one.change === "DROPPED" ? "red" : one.change === "ADDED" ? "green" : "blue"}>{CHANGE[one.change]}</ToneTag>{" "}
                  <span className="number">
                    {when(one.before)} → {when(one.after)}
                  </span>
                  <div>原因：{CAUSE[one.cause]}</div>
                  <div className="break" lang={/[\u4e00-\u9fff]/.test(one.words) ? undefined : "en"}>{one.words}</div>
                </Card>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

/** What joint enforcement spared this year, how bodies are rated, and who was turned away. */
export function JointFigures_() {
  const today = legalDay(new Date());
  const period = { from: `${today.slice(0, 4)}-01-01`, to: today };
  const [{ data, error, fetching }, again] = useQuery({ query: Figures, variables: period });
  const [shop, setShop] = useState<string | undefined>();
  const [{ data: one, error: noReceipt }] = useQuery({ query: Receipt, variables: { id: shop ?? "", ...period }, pause: !shop });
  if (error && !data) return <Failure error={error} retry={() => again({ requestPolicy: "network-only" })} />;
  if (fetching && !data) return <Waiting />;
  const figures = data?.jointFigures;
  const receipt = one?.burdenReceipt;
  return (
    <>
      {figures && (
        <div className="tiles">
          <Card size="small"><Statistic title="已做的检查" value={number(figures.receipt.visits)} /></Card>
          <Card size="small"><Statistic title="各自单独来会有" value={number(figures.receipt.separateVisits)} /></Card>
          <Card size="small"><Statistic title="免去的检查" value={number(figures.receipt.spared)} /></Card>
          <Card size="small"><Statistic title="超出上限（目标 0）" value={number(figures.capBreaches)} /></Card>
          <Card size="small"><Statistic title="无码被拒" value={number(figures.refusals)} /></Card>
          <Card size="small">重复检查率（目标 0）<div><Ratio of={figures.duplicates} /></div></Card>
          <Card size="small">合并收益<div><Ratio of={figures.mergeGain} /></div></Card>
          <Card size="small">联合检查占比<div><Ratio of={figures.jointShare} /></div></Card>
          <Card size="small">结果互认率<div><Ratio of={figures.recognition} /></div></Card>
        </div>
      )}
      <h2 style={{ fontSize: 16 }}>一家企业的减负回执</h2>
      <div style={{ maxWidth: 480 }}>
        <label htmlFor="receipt-shop">企业</label>
        <RegisterPicker id="receipt-shop" within="enterprise" value={shop} onChange={setShop} />
      </div>
      {noReceipt && <Failure error={noReceipt} />}
      {receipt && (
        <p>
          今年实际检查 {number(receipt.visits)} 次；合并了 {number(receipt.mergedDemands)} 项需求，互认 {number(receipt.recognised)} 项；各自单独来会有 {number(receipt.separateVisits)} 次，免去 <strong>{number(receipt.spared)}</strong> 次。
        </p>
      )}
      <h2 style={{ fontSize: 16 }}>企业对各机关的评价（1 差 – 5 好）</h2>
      <CountTable
        label="企业评价"
        query={Ratings}
        variables={period}
        pick={(found) => found.bodyRatings}
        rowKey={(row) => row.body?.id ?? ""}
        columns={[
          { title: "机关", cell: (row) => row.body?.name ?? "—" },
          { title: "份数", right: true, cell: (row) => number(row.ratings) },
          { title: "依法", right: true, cell: (row) => row.lawful.toFixed(1) },
          { title: "文明", right: true, cell: (row) => row.courteous.toFixed(1) },
          { title: "有用", right: true, cell: (row) => row.useful.toFixed(1) },
        ]}
      />
      <h2 style={{ fontSize: 16 }}>被拒绝的检查</h2>
      <ConnectionTable
        label="被拒绝的检查"
        query={Refusals}
        variables={{}}
        pick={(found) => ({ ...found.inspectionRefusals, edges: found.inspectionRefusals.edges.map(({ cursor, node }) => ({ node: { ...node, id: cursor } })) })}
        empty="没有被拒绝的检查"
        columns={[
          { title: "来的人", cell: (row) => row.whoCame },
          { title: "理由", width: "50%", cell: (row) => row.reason },
          { title: "时间", cell: (row) => <span className="number">{moment(row.refusedAt)}</span> },
        ]}
      />
    </>
  );
}

/** 双随机: the lists are fixed before anybody can know the seed, so that anybody can draw again. */
export function RandomDraws() {
  const { can, viewer } = useSession();
  const writes = can("DEMAND", "WRITE") && viewer.body != null;
  return (
    <Records
      label="双随机抽取"
      name="draw"
      query={Draws}
      pick={(data) => data.randomDraws}
      empty="还没有抽取"
      starts={[
        {
          label: "公布名单摘要",
          may: writes,
          act: {
            title: "准备一次抽取",
            document: JOINT_ACT.commitRandomDraw,
            intro: "先固定检查对象和执法人员名单并公布摘要；种子（例如当晚的福利彩票开奖号）公开后再抽取，任何人都能重算。",
            fields: [
              { name: "title", label: "名称", required: true },
              {
                name: "strata",
                label: "每一层抽几家",
                kind: "rows",
                required: true,
                row: [
                  { name: "risk", label: "风险等级", kind: "choice", options: options(RISK), required: true },
                  { name: "take", label: "抽取家数", kind: "number", required: true },
                ],
              },
              { name: "team", label: "每家几名执法人员（不少于两名）", kind: "number", required: true, initial: 2 },
              { name: "seedSource", label: "种子的来源", required: true },
              { name: "seedKnownAfter", label: "种子公开的时间", kind: "moment", required: true },
              { name: "horizonDays", label: "抽取后多少天内检查", kind: "number", required: true, initial: 60 },
            ],
          },
        },
      ]}
      columns={[
        { title: "名称", width: "30%", cell: (row) => `第 ${row.number} 号 ${row.title}` },
        { title: "机关", cell: (row) => row.body?.name ?? "—" },
        { title: "状态", cell: (row) => <StateTag state={row.state} table={DRAW_STATE} /> },
        { title: "名单", right: true, cell: (row) => number(row.objects) },
        { title: "公布摘要", cell: (row) => <span className="number">{moment(row.committedAt)}</span> },
      ]}
      detail={{
        query: Draw,
        title: "抽取详情",
        pick: (data) => (data.node && "commitment" in data.node ? data.node : null),
        heading: (one) => `第 ${one.number} 号 ${one.title}`,
        steps: (one) => {
          const own = writes && one.body?.id === viewer.body?.id && one.state === "COMMITTED";
          return [
            { label: "抽取", may: own, who: one.state === "COMMITTED" ? (one.body?.name ?? undefined) : undefined, act: { title: "用公开的种子抽取", document: JOINT_ACT.drawAtRandom, fixed: { drawId: one.id }, intro: `种子来自${one.seedSource}，${moment(one.seedKnownAfter)}以后公开。`, fields: [{ name: "seed", label: "种子", required: true }] } },
            { label: "作废", may: own, danger: true, act: { title: "作废这次抽取", document: JOINT_ACT.voidRandomDraw, fixed: { drawId: one.id }, intro: "作废的抽取仍留在名单上。", fields: [{ name: "reason", label: "理由", kind: "area", required: true }] } },
          ];
        },
        facts: (one) => [
          ["机关", one.body?.name],
          ["状态", <StateTag key="state" state={one.state} table={DRAW_STATE} />],
          ["名单", `${number(one.objects)} 个检查对象`],
          ["名单摘要", <code key="sha" className="mono">{one.commitment}</code>],
          ["公布时间", moment(one.committedAt)],
          ["种子来源", `${one.seedSource}（${moment(one.seedKnownAfter)}以后公开）`],
          ["种子", one.seed],
          one.voidReason ? ["作废", one.voidReason] : null,
          ["重算", <a key="again" href={one.path}>公开的名单和算法，任何人都可以重算</a>],
          ["抽中", one.drawn.length === 0 ? "还没有抽取" : `${number(one.drawn.length)} 家，每家 ${number(one.drawn[0]?.officerIds.length)} 名执法人员`],
        ],
      }}
    />
  );
}
