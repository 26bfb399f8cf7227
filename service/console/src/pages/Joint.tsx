import { useState } from "react";
import { Alert, Button, Card, Descriptions, Drawer, Empty, Select, Space, Statistic, Tabs } from "antd";
import { PlusOutlined } from "@ant-design/icons";
import { Link } from "react-router";
import { useQuery } from "urql";

import { useSession } from "../app/session";
import { graphql } from "../gql";
import type { DemandState } from "../gql/graphql";
import { ActButton } from "../parts/Act";
import { ConnectionTable } from "../parts/ConnectionTable";
import { Failure } from "../parts/Failure";
import { clock, day, dayFromNow, number, percent } from "../parts/format";
import { plainId } from "../parts/ids";
import { DEMAND_KIND, DEMAND_STATE, PLAN_STATE, VISIT_STATE, options } from "../parts/labels";
import { JobProgress } from "../parts/JobProgress";
import { useItemNames } from "../parts/items";
import { PageHead } from "../parts/Page";
import { RegisterPicker, useBodyNames } from "../parts/Pickers";
import { DueTag, StateTag } from "../parts/Tags";
import { useFilters } from "../parts/useSearch";
import { Waiting } from "../parts/Waiting";
import { ToneTag } from "../parts/Tone";
import { JOINT_ACT } from "./jointActs";
import { JointFigures_, PlanComparison, PlanObjections, RandomDraws } from "./JointMore";

const Plans = graphql(`
  query ConsolePlans($first: Int!, $after: String) {
    jointPlans(first: $first, after: $after) {
      totalCount
      edges { node { id version state firstDay lastDay leadBodyIds failure certificate { visits visitsLowerBound } burden { spared } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const Plan = graphql(`
  query ConsolePlan($id: ID!) {
    jointPlan(id: $id) {
      id version state failure firstDay lastDay leadBodyIds planSha256 shortVisits
      certificate { visits visitsLowerBound gap mandatoryUnserved mandatoryUnservedBound discretionaryUnserved officerDays travelMinutes seed budget solverVersion inputSha256 }
      burden { jointVisits separateVisits separateBrokenGaps spared }
      unserved { id kind items releaseOn dueOn bodyId unserved }
    }
  }
`);
const Visits = graphql(`
  query ConsoleVisits($id: ID!, $first: Int!, $after: String) {
    jointPlan(id: $id) {
      visits(first: $first, after: $after) {
        totalCount
        edges { node { id state day startsAt minutes exempt explanationZh leadBodyId officerIds demands { id kind items bodyId } } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
`);
const Demands = graphql(`
  query ConsoleDemands($state: DemandState, $first: Int!, $after: String) {
    inspectionDemands(state: $state, first: $first, after: $after) {
      totalCount
      edges { node { id kind state items releaseOn dueOn minutes risk mandatory basis bodyId unserved } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const Ask = graphql(`mutation CjAsk($input: RequestJointPlanInput!) { requestJointPlan(input: $input) { plan { id } job { id } errors { code message path } } }`);
const Submit = graphql(`mutation CjSubmit($input: SubmitInspectionDemandInput!) { submitInspectionDemand(input: $input) { demand { id } errors { code message path } } }`);
const Approve = graphql(`mutation CjApprove($input: ApproveJointPlanInput!) { approveJointPlan(input: $input) { plan { id state } errors { code message path } } }`);
const Publish = graphql(`mutation CjPublish($input: PublishJointPlanInput!) { publishJointPlan(input: $input) { plan { id state } errors { code message path } } }`);
const Complete = graphql(`mutation CjComplete($input: CompleteJointVisitInput!) { completeJointVisit(input: $input) { visit { id state } errors { code message path } } }`);
const Release = graphql(`mutation CjRelease($input: ReleaseJointVisitInput!) { releaseJointVisit(input: $input) { visit { id state } errors { code message path } } }`);

export function Joint() {
  const { can, viewer } = useSession();
  const [filters, setFilters] = useFilters<"tab" | "plan" | "state" | "draw">();
  const [version, setVersion] = useState(0);
  const [job, setJob] = useState<string | null>(null);
  const changed = () => setVersion((before) => before + 1);
  const names = useBodyNames();
  const items = useItemNames();
  return (
    <>
      <PageHead title="联合检查">
        {can("DEMAND", "WRITE") && (
          <ActButton
            title="提交检查需求"
            document={Submit}
            button={{ icon: <PlusOutlined /> }}
            done="已提交"
            onDone={changed}
            fields={[
              { name: "premisesId", label: "经营场所", required: true, control: <RegisterPicker /> },
              { name: "kind", label: "类型", kind: "choice", options: options(DEMAND_KIND), required: true, initial: "ROUTINE" },
              { name: "items", label: "检查事项", kind: "several", options: items.options, required: true },
              { name: "releaseOn", label: "最早日期", kind: "day", required: true, initial: dayFromNow(1) },
              { name: "dueOn", label: "最晚日期", kind: "day", required: true, initial: dayFromNow(30) },
              { name: "minutes", label: "预计分钟", kind: "number", required: true, initial: 60 },
              { name: "risk", label: "风险（1 低 – 4 高）", kind: "number", required: true, initial: 2 },
              { name: "basis", label: "依据", required: true },
              { name: "exemptionReason", label: "不受频次限制的理由", when: (values) => ["CLUE", "INSTANT", "REINSPECT"].includes(String(values.kind)) },
              { name: "mandatory", label: "必须完成", kind: "flag", initial: false },
            ]}
          >
            提交需求
          </ActButton>
        )}
        {can("DEMAND", "DECIDE", "ARBITRATE") && (
          <ActButton
            title="编制联合检查计划"
            document={Ask}
            button={{ type: "primary" }}
            done="已开始计算"
            onDone={(data) => {
              changed();
              setJob(data.requestJointPlan.job?.id ?? null);
            }}
            fields={[
              { name: "firstDay", label: "起始日期", kind: "day", required: true, initial: dayFromNow(1) },
              { name: "lastDay", label: "截止日期", kind: "day", required: true, initial: dayFromNow(28) },
              { name: "seconds", label: "计算秒数", kind: "number", help: "不填用默认值" },
            ]}
          >
            编制计划
          </ActButton>
        )}
      </PageHead>
      {job && <JobProgress id={job} onEnd={changed} onClose={() => setJob(null)} />}
      <Tabs
        activeKey={filters.tab ?? "plans"}
        onChange={(tab) => setFilters({ tab, state: null, plan: null, draw: null })}
        items={[
          {
            key: "plans",
            label: "计划",
            children: (
              <ConnectionTable
                label="计划"
                query={Plans}
                variables={{}}
                version={version}
                pick={(data) => data.jointPlans}
                empty="还没有联合检查计划"
                columns={[
                  {
                    title: "版本",
                    cell: (row) => (
                      <Button type="link" className="row-link" onClick={() => setFilters({ plan: row.id })}>
                        第 {row.version} 版
                      </Button>
                    ),
                  },
                  { title: "期间", cell: (row) => <span className="number">{`${row.firstDay} 至 ${row.lastDay}`}</span> },
                  { title: "状态", cell: (row) => <StateTag state={row.state} table={PLAN_STATE} /> },
                  { title: "检查次数", right: true, cell: (row) => <span className="number">{number(row.certificate?.visits)}</span> },
                  { title: "理论下界", right: true, cell: (row) => <span className="number">{number(row.certificate?.visitsLowerBound)}</span> },
                  { title: "减少打扰", right: true, cell: (row) => <span className="number">{percent(row.burden?.spared)}</span> },
                  { title: "牵头机关", cell: (row) => row.leadBodyIds.map(names).join("、") || "—", wideOnly: true },
                ]}
              />
            ),
          },
          {
            key: "demands",
            label: "需求",
            children: (
              <>
                <div className="filters" role="search">
                  <Select allowClear aria-label="状态" placeholder="状态" value={filters.state} options={options(DEMAND_STATE)} onChange={(state) => setFilters({ state })} />
                </div>
                <ConnectionTable
                  label="需求"
                  query={Demands}
                  variables={{ state: (filters.state as DemandState | undefined) ?? null }}
                  version={version}
                  pick={(data) => data.inspectionDemands}
                  columns={[
                    { title: "事项", width: "30%", cell: (row) => row.items.map(items.name).join("、") },
                    { title: "机关", cell: (row) => names(row.bodyId) },
                    { title: "类型", cell: (row) => DEMAND_KIND[row.kind] },
                    { title: "状态", cell: (row) => <StateTag state={row.state} table={DEMAND_STATE} /> },
                    { title: "窗口", cell: (row) => <span className="number">{`${row.releaseOn} 至 ${row.dueOn}`}</span> },
                    { title: "分钟", right: true, cell: (row) => number(row.minutes) },
                    { title: "必须", cell: (row) => (row.mandatory ? "是" : "否") },
                    { title: "未排原因", cell: (row) => row.unserved ?? "—", wideOnly: true },
                  ]}
                />
              </>
            ),
          },
          { key: "draws", label: "双随机", children: <RandomDraws /> },
          ...(viewer.role === "ENTERPRISE" ? [] : [{ key: "figures", label: "成效与评价", children: <JointFigures_ /> }]),
        ]}
        destroyOnHidden
      />
      <Drawer open={Boolean(filters.plan)} onClose={() => setFilters({ plan: null })} size="min(960px, 100vw)" title="联合检查计划" destroyOnHidden>
        {filters.plan && <PlanDetail id={filters.plan} onChanged={changed} />}
      </Drawer>
    </>
  );
}

function PlanDetail({ id, onChanged }: { id: string; onChanged: () => void }) {
  const { can, viewer } = useSession();
  const names = useBodyNames();
  const items = useItemNames();
  const [{ data, error, fetching }, again] = useQuery({ query: Plan, variables: { id } });
  const [version, setVersion] = useState(0);
  const plan = data?.jointPlan;
  if (error && !plan) return <Failure error={error} retry={again} />;
  if (fetching && !plan) return <Waiting />;
  if (!plan) return <Empty description="没有找到这份计划，或不在您的范围内" />;
  const changed = () => {
    again({ requestPolicy: "network-only" });
    setVersion((before) => before + 1);
    onChanged();
  };
  const mine = viewer.body ? plainId(viewer.body.id) : null;
  const lead = mine !== null && plan.leadBodyIds.includes(mine);
  const certificate = plan.certificate;
  return (
    <>
      <Space wrap style={{ marginBottom: 12 }}>
        <strong>第 {plan.version} 版</strong>
        <StateTag state={plan.state} table={PLAN_STATE} />
        <span className="number">
          {day(plan.firstDay)} 至 {day(plan.lastDay)}
        </span>
      </Space>
      {plan.failure && <Alert type="error" showIcon title="计算失败" description={plan.failure} style={{ marginBottom: 12 }} />}
      {plan.shortVisits > 0 && (
        <p>
          <ToneTag tone="red">缺人</ToneTag> {number(plan.shortVisits)} 次已公布的检查缺执法人员，<Link to="/officers?tab=short">看缺什么</Link>
        </p>
      )}
      {plan.state === "SOLVED" && (
        <Space wrap style={{ marginBottom: 12, display: "flex" }}>
          {lead && can("DEMAND", "DECIDE") && (
            <ActButton title="批准计划" document={Approve} fixed={{ planId: id }} onDone={changed} confirm="批准" button={{ type: "primary" }} intro={`以牵头机关（${viewer.body?.name ?? ""}）的名义批准第 ${plan.version} 版。`}>
              批准
            </ActButton>
          )}
          {can("DEMAND", "DECIDE", "ARBITRATE") && (
            <ActButton title="发布计划" document={Publish} fixed={{ planId: id }} onDone={changed} confirm="发布" intro="各牵头机关都批准后才能发布；发布后企业可见日程。">
              发布
            </ActButton>
          )}
        </Space>
      )}
      {plan.burden && (
        <div className="tiles" style={{ marginBottom: 16 }}>
          <Card size="small"><Statistic title="联合后检查次数" value={plan.burden.jointVisits} /></Card>
          <Card size="small"><Statistic title="各部门单独检查次数" value={plan.burden.separateVisits} /></Card>
          <Card size="small"><Statistic title="减少打扰" value={percent(plan.burden.spared)} /></Card>
          <Card size="small"><Statistic title="单独检查会违反的间隔" value={plan.burden.separateBrokenGaps} /></Card>
        </div>
      )}
      <Tabs
        items={[
          {
            key: "visits",
            label: "日程",
            children: (
              <ConnectionTable
                label="检查日程"
                query={Visits}
                variables={{ id }}
                version={version}
                pick={(answer) => answer.jointPlan?.visits ?? { edges: [], totalCount: 0, pageInfo: { hasNextPage: false, endCursor: null } }}
                columns={[
                  { title: "时间", cell: (row) => <span className="number">{`${row.day} ${clock(row.startsAt)}`}</span> },
                  { title: "时长", right: true, cell: (row) => `${number(row.minutes)} 分` },
                  { title: "牵头", cell: (row) => names(row.leadBodyId) },
                  { title: "合并的需求", width: "26%", cell: (row) => row.demands.map((one) => `${names(one.bodyId)}：${one.items.map(items.name).join("、")}`).join("；") },
                  { title: "说明", cell: (row) => <span className="break">{row.explanationZh}</span>, width: "22%" },
                  { title: "人数", right: true, cell: (row) => number(row.officerIds.length) },
                  { title: "状态", cell: (row) => <><StateTag state={row.state} table={VISIT_STATE} />{row.exempt && <ToneTag>不计频次</ToneTag>}</> },
                  {
                    title: "办理",
                    cell: (row) =>
                      plan.state === "SOLVED" && can("DEMAND", "DECIDE") && mine !== null ? (
                        <ActButton title="对这次检查提出异议" document={JOINT_ACT.objectToJointPlan} fixed={{ planId: id, visitId: row.id }} onDone={changed} button={{ size: "small" }} intro="由专委办裁决：驳回、更换牵头机关、取消这次检查，或者退回计划。" fields={[{ name: "reason", label: "理由", kind: "area", required: true }]}>异议</ActButton>
                      ) : can("DEMAND", "RATE") && row.state === "DONE" ? (
                        <ActButton
                          title="评价这次检查"
                          document={JOINT_ACT.rateJointVisit}
                          fixed={{ visitId: row.id }}
                          onDone={changed}
                          button={{ size: "small" }}
                          intro="被评价的机关看不到是谁评价的。"
                          shape={(values) => Object.fromEntries(Object.entries(values).map(([name, mark]) => [name, Number(mark)])) as never}
                          fields={[["lawful", "依法"], ["courteous", "文明"], ["useful", "对企业有用"]].map(([name, label]) => ({ name: name!, label: label!, kind: "radio" as const, required: true, options: ["1", "2", "3", "4", "5"].map((mark) => ({ value: mark, label: mark })) }))}
                        >
                          评价
                        </ActButton>
                      ) : row.state === "PUBLISHED" && mine === row.leadBodyId ? (
                        <Space wrap>
                          <ActButton title="完成检查" document={Complete} fixed={{ visitId: row.id }} onDone={changed} button={{ size: "small" }} intro="记录这次联合检查已经完成。">完成</ActButton>
                          <ActButton title="取消检查" document={Release} fixed={{ visitId: row.id }} onDone={changed} button={{ size: "small", danger: true }} fields={[{ name: "reason", label: "理由", kind: "area", required: true }]}>取消</ActButton>
                        </Space>
                      ) : (
                        "—"
                      ),
                  },
                ]}
              />
            ),
          },
          {
            key: "unserved",
            label: `未排上 ${plan.unserved.length}`,
            children:
              plan.unserved.length === 0 ? (
                <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description="全部需求都排上了" />
              ) : (
                <ul className="cards">
                  {plan.unserved.slice(0, 100).map((one) => (
                    <li key={one.id}>
                      <Card size="small">
                        <strong>{names(one.bodyId)}</strong> · {DEMAND_KIND[one.kind]} · {one.items.map(items.name).join("、")}
                        <div>
                          <DueTag day={one.dueOn} /> {one.unserved}
                        </div>
                      </Card>
                    </li>
                  ))}
                </ul>
              ),
          },
          ...(viewer.role === "ENTERPRISE"
            ? []
            : [
                { key: "objections", label: "异议与裁决", children: <PlanObjections plan={id} open={plan.state === "SOLVED"} version={version} onDone={changed} /> },
                { key: "comparison", label: "与其他版本比较", children: <PlanComparison plan={id} version={plan.version} /> },
              ]),
          {
            key: "certificate",
            label: "证书",
            children: certificate ? (
              <Descriptions
                size="small"
                column={1}
                bordered
                items={[
                  { key: "1", label: "检查次数／下界", children: <span className="number">{`${number(certificate.visits)}／${number(certificate.visitsLowerBound)}（差距 ${percent(certificate.gap)}）`}</span> },
                  { key: "2", label: "未排上的必须项／下界", children: <span className="number">{`${number(certificate.mandatoryUnserved)}／${number(certificate.mandatoryUnservedBound)}`}</span> },
                  { key: "3", label: "未排上的其他项", children: <span className="number">{number(certificate.discretionaryUnserved)}</span> },
                  { key: "4", label: "人·天", children: <span className="number">{number(certificate.officerDays)}</span> },
                  { key: "5", label: "路上分钟", children: <span className="number">{number(certificate.travelMinutes)}</span> },
                  { key: "6", label: "种子、预算、求解器", children: `${certificate.seed} · ${certificate.budget} · ${certificate.solverVersion}` },
                  { key: "7", label: "输入摘要", children: <code className="mono">{certificate.inputSha256}</code> },
                  { key: "8", label: "计划摘要", children: <code className="mono">{plan.planSha256}</code> },
                ]}
              />
            ) : (
              <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description="还没有算完" />
            ),
          },
        ]}
      />
    </>
  );
}
