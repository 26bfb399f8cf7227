import { useState } from "react";
import { Alert, Button, Card, Descriptions, Drawer, Empty, Select, Space, Tabs, Timeline } from "antd";
import { PlusOutlined } from "@ant-design/icons";
import { useQuery } from "urql";

import { useSession } from "../app/session";
import { articleText } from "../parts/lawWords";
import { graphql } from "../gql";
import type { ConsoleInspectionQuery, InspectionKind, InspectionState, InspectionStep } from "../gql/graphql";
import { ActButton } from "../parts/Act";
import { ConnectionTable } from "../parts/ConnectionTable";
import { EvidenceThumb } from "../parts/EvidenceThumb";
import { Failure } from "../parts/Failure";
import { day, dayFromNow, legalDay, moment, number } from "../parts/format";
import { DEADLINE_STATE, INSPECTION_KIND, INSPECTION_STATE, INSPECTION_STEP, ITEM_RESULT, options } from "../parts/labels";
import { useItemNames } from "../parts/items";
import { PageHead } from "../parts/Page";
import { OfficersPicker, RegisterPicker } from "../parts/Pickers";
import { DueTag, StateTag } from "../parts/Tags";
import { UploadEvidence } from "../parts/UploadEvidence";
import { useFilters } from "../parts/useSearch";
import { Waiting } from "../parts/Waiting";
import { ToneTag } from "../parts/Tone";

const List = graphql(`
  query ConsoleInspections($where: InspectionWhere, $first: Int!, $after: String) {
    inspections(where: $where, first: $first, after: $after) {
      totalCount
      edges { node { id state kind items plannedOn urgent rectifyUntil premises { name } enterprise { name } body { name } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const One = graphql(`
  query ConsoleInspection($id: ID!) {
    node(id: $id) {
      ... on Inspection {
        id state kind items basis plannedOn urgent urgentReason approvedAt approvedAfterwards codeIssuedAt noCodeReason noCodeFiledOn
        refusedReason onSiteAt distanceM measures rectifyUntil reinspectedOn reinspection possibleSteps
        record { findings handling place signature signedBy refusalReason refusalWitness recordedAt }
        premises { id name address }
        enterprise { id name }
        body { name }
        officers { name cardNo cardValidTo day reinspection }
        checks { item result note hazardId capturedAt }
        history { step state at capturedAt }
        deadlines { id rule article confirmed onParty startedOn dueOn missingYear metOn state }
      }
    }
  }
`);
const Files = graphql(`
  query ConsoleVisitEvidence($id: ID!) {
    evidenceList(where: { subjectKind: VISIT, subjectId: $id }, first: 50) { totalCount edges { node { id capturedAt } } }
  }
`);
const Plan = graphql(`mutation CiPlan($input: PlanInspectionInput!) { planInspection(input: $input) { inspection { id } errors { code message path } } }`);
const Approve = graphql(`mutation CiApprove($input: InspectionAct!) { approveInspection(input: $input) { inspection { id state } errors { code message path } } }`);
const Issue = graphql(`mutation CiIssue($input: InspectionAct!) { issueEnforcementCode(input: $input) { inspection { id state } errors { code message path } } }`);
const NoCode = graphql(`mutation CiNoCode($input: GoWithoutCodeInput!) { goWithoutCode(input: $input) { inspection { id state } errors { code message path } } }`);
const FileNoCode = graphql(`mutation CiFileNoCode($input: FileVisitWithoutCodeInput!) { fileVisitWithoutCode(input: $input) { inspection { id state } errors { code message path } } }`);
const Conclude = graphql(`mutation CiConclude($input: InspectionAct!) { concludeWithoutFindings(input: $input) { inspection { id state } errors { code message path } } }`);
const Order = graphql(`mutation CiOrder($input: OrderRectificationInput!) { orderRectification(input: $input) { inspection { id state } errors { code message path } } }`);
const Reinspect = graphql(`mutation CiReinspect($input: RecordReinspectionInput!) { recordReinspection(input: $input) { inspection { id state } errors { code message path } } }`);
const Cancel = graphql(`mutation CiCancel($input: InspectionReasonInput!) { cancelInspection(input: $input) { inspection { id state } errors { code message path } } }`);

type Node = Extract<NonNullable<ConsoleInspectionQuery["node"]>, { basis: string }>;

export function Inspections() {
  const { can } = useSession();
  const [filters, setFilters] = useFilters<"state" | "kind" | "id">();
  const items = useItemNames();
  const [version, setVersion] = useState(0);
  const where = {
    ...(filters.state ? { state: filters.state as InspectionState } : {}),
    ...(filters.kind ? { kind: filters.kind as InspectionKind } : {}),
  };
  const changed = () => setVersion((before) => before + 1);
  return (
    <>
      <PageHead title="执法检查">
        {can("INSPECTION", "WRITE") && (
          <ActButton
            title="安排检查"
            document={Plan}
            button={{ type: "primary", icon: <PlusOutlined /> }}
            intro="检查须经机关负责人批准，紧急的可以事后补批（国办发〔2024〕54号）。"
            done="已安排，等待批准"
            onDone={(data) => {
              changed();
              setFilters({ id: data.planInspection.inspection?.id });
            }}
            fields={[
              { name: "premisesId", label: "经营场所", required: true, control: <RegisterPicker /> },
              { name: "kind", label: "检查类型", kind: "choice", options: options(INSPECTION_KIND), required: true, initial: "ROUTINE" },
              { name: "items", label: "检查事项", kind: "several", options: items.options, required: true, help: "已公布的事项" },
              { name: "basis", label: "依据", kind: "area", required: true },
              { name: "plannedOn", label: "检查日期", kind: "day", required: true, initial: dayFromNow(1) },
              { name: "urgentReason", label: "紧急理由", kind: "area", help: "填写后可先检查、后补批" },
            ]}
          >
            安排检查
          </ActButton>
        )}
      </PageHead>
      <div className="filters" role="search">
        <Select allowClear aria-label="状态" placeholder="状态" value={filters.state} options={options(INSPECTION_STATE)} onChange={(state) => setFilters({ state })} style={{ width: 150 }} />
        <Select allowClear aria-label="类型" placeholder="类型" value={filters.kind} options={options(INSPECTION_KIND)} onChange={(kind) => setFilters({ kind })} />
      </div>
      <ConnectionTable
        label="检查"
        query={List}
        variables={{ where }}
        version={version}
        pick={(data) => data.inspections}
        columns={[
          {
            title: "企业",
            width: "28%",
            cell: (row) => (
              <Button type="link" className="row-link" onClick={() => setFilters({ id: row.id })}>
                {row.enterprise?.name ?? row.premises?.name ?? "—"}
              </Button>
            ),
          },
          { title: "类型", cell: (row) => INSPECTION_KIND[row.kind] },
          { title: "事项", cell: (row) => row.items.map(items.name).join("、"), wideOnly: true },
          { title: "检查日期", cell: (row) => <span className="number">{row.plannedOn}</span> },
          { title: "状态", cell: (row) => <StateTag state={row.state} table={INSPECTION_STATE} /> },
          { title: "改正期限", cell: (row) => <DueTag day={row.rectifyUntil} done={row.state === "CLOSED"} /> },
          { title: "机关", cell: (row) => row.body?.name ?? "—", wideOnly: true },
        ]}
      />
      <Drawer open={Boolean(filters.id)} onClose={() => setFilters({ id: null })} size="min(800px, 100vw)" title="检查详情" destroyOnHidden>
        {filters.id && <Detail id={filters.id} onChanged={changed} />}
      </Drawer>
    </>
  );
}

function Detail({ id, onChanged }: { id: string; onChanged: () => void }) {
  const { can } = useSession();
  const [{ data, error, fetching }, again] = useQuery({ query: One, variables: { id } });
  const evidence = can("EVIDENCE", "READ_OWN");
  const items = useItemNames();
  const [{ data: files }, anew] = useQuery({ query: Files, variables: { id }, pause: !evidence });
  const found = data?.node && "basis" in data.node ? (data.node as Node) : null;
  if (error && !found) return <Failure error={error} retry={again} />;
  if (fetching && !found) return <Waiting />;
  if (!found) return <Empty description="没有找到这次检查，或不在您的范围内" />;
  const changed = () => {
    again({ requestPolicy: "network-only" });
    onChanged();
  };
  const record = found.record;
  return (
    <>
      <h2 className="break" style={{ marginTop: 0, fontSize: 18 }}>
        {found.enterprise?.name ?? found.premises?.name}
      </h2>
      <Space wrap style={{ marginBottom: 12 }}>
        <ToneTag>{INSPECTION_KIND[found.kind]}</ToneTag>
        <StateTag state={found.state} table={INSPECTION_STATE} />
        {found.urgent && <ToneTag tone="orange">紧急</ToneTag>}
      </Space>
      <Acts found={found} onDone={changed} />
      <Tabs
        items={[
          {
            key: "facts",
            label: "情况",
            children: (
              <Descriptions
                size="small"
                column={1}
                bordered
                items={[
                  { key: "1", label: "机关", children: found.body?.name ?? "—" },
                  { key: "2", label: "场所", children: found.premises ? `${found.premises.name}（${found.premises.address}）` : "—" },
                  { key: "3", label: "检查日期", children: day(found.plannedOn) },
                  { key: "4", label: "事项", children: found.items.map(items.name).join("、") },
                  { key: "5", label: "依据", children: found.basis },
                  { key: "6", label: "批准", children: found.approvedAt ? `${moment(found.approvedAt)}${found.approvedAfterwards ? "（事后补批）" : ""}` : "未批准" },
                  { key: "7", label: "执法码", children: found.codeIssuedAt ? moment(found.codeIssuedAt) : found.noCodeReason ? `无码：${found.noCodeReason}${found.noCodeFiledOn ? `（${day(found.noCodeFiledOn)}备案）` : "（未备案）"}` : "—" },
                  { key: "8", label: "到场", children: found.onSiteAt ? `${moment(found.onSiteAt)}${found.distanceM == null ? "" : `，距登记位置 ${number(found.distanceM)} 米`}` : "—" },
                  { key: "9", label: "执法人员", children: found.officers.map((one) => `${one.name}（${one.cardNo}）${one.reinspection ? "·复查" : ""}`).join("、") || "—" },
                  ...(found.measures ? [{ key: "10", label: "责令措施", children: <span className="pre">{found.measures}</span> }] : []),
                  { key: "11", label: "改正期限", children: <DueTag day={found.rectifyUntil} done={found.state === "CLOSED"} /> },
                  ...(found.reinspection ? [{ key: "12", label: "复查意见", children: `${day(found.reinspectedOn)}：${found.reinspection}` }] : []),
                  ...(found.refusedReason ? [{ key: "13", label: "拒绝检查", children: found.refusedReason }] : []),
                ]}
              />
            ),
          },
          {
            key: "record",
            label: "笔录与事项",
            children: (
              <>
                <ul className="cards">
                  {found.checks.map((one) => (
                    <li key={one.item}>
                      <Card size="small">
                        {items.name(one.item)} <StateTag state={one.result === "NOT_COMPLIANT" ? "OVERDUE" : ""} table={{ OVERDUE: ITEM_RESULT.NOT_COMPLIANT, "": ITEM_RESULT[one.result] }} />
                        {one.note && <div className="pre">{one.note}</div>}
                        {one.hazardId && <a href={`/console/hazards?id=${encodeURIComponent(one.hazardId)}`}>查看隐患</a>}
                      </Card>
                    </li>
                  ))}
                </ul>
                {record ? (
                  <Descriptions
                    size="small"
                    column={1}
                    bordered
                    style={{ marginTop: 12 }}
                    items={[
                      { key: "1", label: "发现情况", children: <span className="pre">{record.findings}</span> },
                      { key: "2", label: "处理意见", children: <span className="pre">{record.handling}</span> },
                      { key: "3", label: "地点", children: record.place || "—" },
                      { key: "4", label: "签字", children: record.signature === "SIGNED" ? `${record.signedBy ?? ""} 已签字` : `拒签：${record.refusalReason ?? ""}；见证人 ${record.refusalWitness ?? "—"}` },
                      { key: "5", label: "时间", children: moment(record.recordedAt) },
                    ]}
                  />
                ) : (
                  <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description="还没有现场检查笔录" />
                )}
              </>
            ),
          },
          ...(evidence
            ? [
                {
                  key: "evidence",
                  label: `证据 ${files?.evidenceList.totalCount ?? ""}`,
                  children: (
                    <>
                      {can("EVIDENCE", "WRITE") && <UploadEvidence subjectKind="VISIT" subjectId={id} onDone={() => anew({ requestPolicy: "network-only" })} />}
                      <div className="tiles" style={{ marginTop: 12 }}>
                        {files?.evidenceList.edges.map(({ node }) => (
                          <EvidenceThumb key={node.id} id={node.id} caption={moment(node.capturedAt)} />
                        ))}
                      </div>
                    </>
                  ),
                },
              ]
            : []),
          {
            key: "clock",
            label: "法定期限",
            children:
              found.deadlines.length === 0 ? (
                <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description="没有期限在计时" />
              ) : (
                <ul className="cards">
                  {found.deadlines.map((one) => (
                    <li key={one.id}>
                      <Card size="small">
                        {articleText(one.article)} · {one.onParty ? "当事人" : "本机关"} <StateTag state={one.state === "OVER" || one.state === "MET_LATE" ? "OVERDUE" : one.state} table={{ ...DEADLINE_STATE, OVERDUE: DEADLINE_STATE[one.state] }} />
                        {!one.confirmed && <ToneTag>待核对原文</ToneTag>}
                        <div>
                          自 {day(one.startedOn)} 起；{one.dueOn ? <DueTag day={one.dueOn} done={one.metOn != null} /> : `${one.missingYear} 年工作日历尚未公布`}
                        </div>
                      </Card>
                    </li>
                  ))}
                </ul>
              ),
          },
          {
            key: "history",
            label: "经过",
            children: (
              <Timeline
                items={found.history.map((one) => ({
                  content: (
                    <>
                      {INSPECTION_STEP[one.step]} → {INSPECTION_STATE[one.state]}
                      <div className="number">
                        {moment(one.capturedAt)}
                        {one.capturedAt.slice(0, 16) === one.at.slice(0, 16) ? "" : `（${moment(one.at)} 收到）`}
                      </div>
                    </>
                  ),
                }))}
              />
            ),
          },
        ]}
      />
    </>
  );
}

const ON_PHONE: InspectionStep[] = ["CHECK_IN", "SIGN_RECORD", "NOTE_REFUSAL"];

function Acts({ found, onDone }: { found: Node; onDone: () => void }) {
  const { can } = useSession();
  const fixed = { inspectionId: found.id };
  const reason = { name: "reason", label: "理由", kind: "area" as const, required: true };
  if (!can("INSPECTION", "WRITE", "DECIDE")) return null;
  const step: Partial<Record<InspectionStep, React.ReactNode>> = {
    APPROVE: can("INSPECTION", "DECIDE") && <ActButton title="批准检查" document={Approve} fixed={fixed} onDone={onDone} intro={`批准对${found.enterprise?.name ?? "该企业"}的${INSPECTION_KIND[found.kind]}。`} confirm="批准" button={{ type: "primary" }}>批准</ActButton>,
    ISSUE_CODE: <ActButton title="生成执法码" document={Issue} fixed={fixed} onDone={onDone} intro="执法码在手机执法页向企业出示。">生成执法码</ActButton>,
    GO_WITHOUT_CODE: <ActButton title="无码入企" document={NoCode} fixed={fixed} onDone={onDone} intro="仅限特殊情形，三个工作日内备案（重庆市政府令第375号第十八条）。" fields={[reason]}>无码入企</ActButton>,
    FIND_NOTHING: <ActButton title="未发现问题" document={Conclude} fixed={fixed} onDone={onDone} intro="检查就此结束。">未发现问题</ActButton>,
    ORDER_RECTIFICATION: (
      <ActButton
        title="责令改正"
        document={Order}
        fixed={fixed}
        onDone={onDone}
        fields={[
          { name: "measures", label: "责令措施", kind: "area", required: true },
          { name: "until", label: "改正期限", kind: "day", required: true, initial: dayFromNow(15) },
          { name: "reason", label: "期限较长的理由", max: 400, when: (values) => String(values.until ?? "") > dayFromNow(30), help: "超过通常期限的须写明理由" },
        ]}
      >
        责令改正
      </ActButton>
    ),
    REINSPECT: (
      <ActButton
        title="复查"
        document={Reinspect}
        fixed={fixed}
        onDone={onDone}
        shape={({ passed, ...values }) => ({ ...values, passed: passed === "yes" })}
        fields={[
          { name: "passed", label: "结论", kind: "radio", required: true, options: [{ value: "yes", label: "已改正" }, { value: "no", label: "未改正" }] },
          { name: "finding", label: "复查意见", kind: "area", required: true },
          { name: "officerIds", label: "执法人员（至少两名）", required: true, control: <OfficersPicker /> },
        ]}
      >
        复查
      </ActButton>
    ),
    CANCEL: <ActButton title="取消检查" document={Cancel} fixed={fixed} onDone={onDone} button={{ danger: true }} fields={[reason]}>取消</ActButton>,
  };
  return (
    <>
      <Space wrap style={{ marginBottom: 12, display: "flex" }}>
        {found.possibleSteps.map((one) => step[one] && <span key={one}>{step[one]}</span>)}
        {found.noCodeReason && !found.noCodeFiledOn && (
          <ActButton
            title="无码入企备案"
            document={FileNoCode}
            fixed={fixed}
            onDone={onDone}
            fields={[
              { name: "filing", label: "备案号或说明", required: true },
              { name: "filedOn", label: "备案日期", kind: "day", required: true, initial: legalDay(new Date()) },
            ]}
          >
            备案
          </ActButton>
        )}
      </Space>
      {found.possibleSteps.some((one) => ON_PHONE.includes(one)) && (
        <Alert type="info" showIcon style={{ marginBottom: 12 }} title={<>到场、逐项检查和签字在<a href="/console/phone/">手机执法页</a>办理，没有网络也能做</>} />
      )}
    </>
  );
}
