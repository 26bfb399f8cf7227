import { useState } from "react";
import { Alert, Button, Card, Descriptions, Drawer, Empty, Input, Select, Space, Timeline } from "antd";
import { PlusOutlined } from "@ant-design/icons";
import { useQuery } from "urql";

import { useSession } from "../app/session";
import { articleText } from "../parts/lawWords";
import { graphql } from "../gql";
import type { BlacklistState, BlacklistStep, ConsoleBlacklistCaseQuery, PublicationClass } from "../gql/graphql";
import { ActButton } from "../parts/Act";
import { ConnectionTable } from "../parts/ConnectionTable";
import { Failure } from "../parts/Failure";
import { day, legalDay, moment } from "../parts/format";
import { BLACKLIST_STATE, BLACKLIST_STEP, DELIVERY, PUBLICATION, options } from "../parts/labels";
import { PageHead } from "../parts/Page";
import { BodyPicker, RegisterPicker } from "../parts/Pickers";
import { DueTag, StateTag } from "../parts/Tags";
import { UploadEvidence } from "../parts/UploadEvidence";
import { useFilters } from "../parts/useSearch";
import { Waiting } from "../parts/Waiting";
import { ToneTag } from "../parts/Tone";
import { Consumers } from "./Consumers";

const List = graphql(`
  query ConsoleBlacklistCases($where: BlacklistCaseWhere, $first: Int!, $after: String) {
    blacklistCases(where: $where, first: $first, after: $after) {
      totalCount
      edges {
        node { id publication state proposedAt partyName publishedUntil decidingBody { name } deadlines { dueOn } }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const One = graphql(`
  query ConsoleBlacklistCase($id: ID!) {
    node(id: $id) {
      ... on BlacklistCase {
        id publication state proposedAt decidedOn publishedOn publishedUntil publicEntryId leafIndex partyName cause basis
        penaltyNumber reason defenceUntil possibleSteps
        measures { measure fromDay liftedOn }
        decidingBody { id name }
        deadlines { rule article confirmed startedOn dueOn missingYear }
        history { step state at }
      }
    }
  }
`);
const CaseEvidence = graphql(`
  query ConsoleCaseEvidence($kind: EvidenceSubjectKind!, $id: ID!) {
    evidenceList(where: { subjectKind: $kind, subjectId: $id }, first: 50) {
      totalCount
      edges { node { id filename state sha256 } }
    }
  }
`);

const Propose = graphql(`mutation CbPropose($input: ProposeBlacklistingInput!) { proposeBlacklisting(input: $input) { blacklistCase { id } errors { code message path } } }`);
const Classify = graphql(`mutation CbClassify($input: ClassifyBlacklistingInput!) { classifyBlacklisting(input: $input) { blacklistCase { id state } errors { code message path } } }`);
const Reject = graphql(`mutation CbReject($input: RejectBlacklistingInput!) { rejectBlacklisting(input: $input) { blacklistCase { id state } errors { code message path } } }`);
const Drop = graphql(`mutation CbDrop($input: DropBlacklistingInput!) { dropBlacklisting(input: $input) { blacklistCase { id state } errors { code message path } } }`);
const ServeNotice = graphql(`mutation CbServeNotice($input: ServeBlacklistNoticeInput!) { serveBlacklistNotice(input: $input) { blacklistCase { id state } errors { code message path } } }`);
const Defence = graphql(`mutation CbDefence($input: RecordBlacklistDefenceInput!) { recordBlacklistDefence(input: $input) { blacklistCase { id state } errors { code message path } } }`);
const Hear = graphql(`mutation CbHear($input: HoldBlacklistHearingInput!) { holdBlacklistHearing(input: $input) { blacklistCase { id state } errors { code message path } } }`);
const Decide = graphql(`mutation CbDecide($input: DecideBlacklistingInput!) { decideBlacklisting(input: $input) { blacklistCase { id state } errors { code message path } } }`);
const ServeDecision = graphql(`mutation CbServeDecision($input: ServeBlacklistDecisionInput!) { serveBlacklistDecision(input: $input) { blacklistCase { id state } errors { code message path } } }`);
const Correct = graphql(`mutation CbCorrect($input: CorrectBlacklistingInput!) { correctBlacklisting(input: $input) { blacklistCase { id state } errors { code message path } } }`);
const Suspend = graphql(`mutation CbSuspend($input: SuspendBlacklistingInput!) { suspendBlacklisting(input: $input) { blacklistCase { id state } errors { code message path } } }`);
const Resume = graphql(`mutation CbResume($input: ResumeBlacklistingInput!) { resumeBlacklisting(input: $input) { blacklistCase { id state } errors { code message path } } }`);
const Withdraw = graphql(`mutation CbWithdraw($input: WithdrawBlacklistingInput!) { withdrawBlacklisting(input: $input) { blacklistCase { id state } errors { code message path } } }`);
const AskRepair = graphql(`mutation CbAskRepair($input: RequestBlacklistRepairInput!) { requestBlacklistRepair(input: $input) { blacklistCase { id state } errors { code message path } } }`);
const AcceptRepair = graphql(`mutation CbAcceptRepair($input: AcceptBlacklistRepairInput!) { acceptBlacklistRepair(input: $input) { blacklistCase { id state } errors { code message path } } }`);
const RefuseRepair = graphql(`mutation CbRefuseRepair($input: RefuseBlacklistRepairInput!) { refuseBlacklistRepair(input: $input) { blacklistCase { id state } errors { code message path } } }`);
const Repair = graphql(`mutation CbRepair($input: GrantBlacklistRepairInput!) { grantBlacklistRepair(input: $input) { blacklistCase { id state } errors { code message path } } }`);
const Reinstate = graphql(`mutation CbReinstate($input: ReinstateBlacklistingInput!) { reinstateBlacklisting(input: $input) { blacklistCase { id state } errors { code message path } } }`);

type CaseNode = Extract<NonNullable<ConsoleBlacklistCaseQuery["node"]>, { publication: string }>;

export function Blacklist() {
  const { can, viewer } = useSession();
  const [filters, setFilters] = useFilters<"state" | "publication" | "id">();
  const [version, setVersion] = useState(0);
  const where = {
    ...(filters.state ? { state: filters.state as BlacklistState } : {}),
    ...(filters.publication ? { publication: filters.publication as PublicationClass } : {}),
  };
  const changed = () => setVersion((before) => before + 1);
  return (
    <>
      <PageHead title="失信与公示">
        {can("BLACKLIST", "PROPOSE") && can("REGISTER", "READ_OWN") && (
          <ActButton
            title="提请"
            document={Propose}
            button={{ type: "primary", icon: <PlusOutlined /> }}
            intro="只能提请：由作出处罚决定的机关决定是否列入（应急管理部令第11号第四条）。"
            done="已提请"
            onDone={(data) => {
              changed();
              setFilters({ id: data.proposeBlacklisting.blacklistCase?.id });
            }}
            fields={[
              { name: "enterpriseId", label: "企业", required: true, control: <RegisterPicker within="enterprise" /> },
              { name: "publication", label: "公示类别", kind: "choice", options: options(PUBLICATION), required: true },
              { name: "decidingBodyId", label: "作出处罚决定的机关", required: true, control: <BodyPicker penalises /> },
              { name: "penaltyNumber", label: "处罚决定书文号", required: true },
              { name: "penaltyDecidedOn", label: "处罚决定日期", kind: "day", required: true },
              { name: "penalty", label: "处罚内容", kind: "area" },
              { name: "cause", label: "事由（将公示）", kind: "area", required: true },
              { name: "basis", label: "依据（将公示）", kind: "area", required: true },
              { name: "persons", label: "文中出现的自然人姓名", kind: "words", help: "公示时遮盖" },
              { name: "deliveryConsent", label: "已签署电子送达确认书", kind: "flag" },
            ]}
          >
            提请
          </ActButton>
        )}
      </PageHead>
      <div className="filters" role="search">
        <Select allowClear aria-label="状态" placeholder="状态" value={filters.state} options={options(BLACKLIST_STATE)} onChange={(state) => setFilters({ state })} style={{ width: 150 }} />
        <Select allowClear aria-label="公示类别" placeholder="公示类别" value={filters.publication} options={options(PUBLICATION)} onChange={(publication) => setFilters({ publication })} style={{ width: 180 }} />
      </div>
      <ConnectionTable
        label="案件"
        query={List}
        variables={{ where }}
        version={version}
        pick={(data) => data.blacklistCases}
        columns={[
          {
            title: "当事人",
            width: "28%",
            cell: (row) => (
              <Button type="link" className="row-link" onClick={() => setFilters({ id: row.id })}>
                {row.partyName ?? "（按权限不显示）"}
              </Button>
            ),
          },
          { title: "公示类别", cell: (row) => PUBLICATION[row.publication] },
          { title: "状态", cell: (row) => <StateTag state={row.state} table={BLACKLIST_STATE} /> },
          { title: "决定机关", cell: (row) => row.decidingBody?.name ?? "—" },
          { title: "最近期限", cell: (row) => <DueTag day={row.deadlines.map((one) => one.dueOn).filter((one): one is string => Boolean(one)).sort()[0]} /> },
          { title: "公示至", cell: (row) => <span className="number">{row.publishedUntil ?? "—"}</span> },
          { title: "提请时间", cell: (row) => <span className="number">{moment(row.proposedAt)}</span>, wideOnly: true },
        ]}
      />
      {["COMMITTEE", "DEPARTMENT"].includes(viewer.role) && <Consumers />}
      <Drawer open={Boolean(filters.id)} onClose={() => setFilters({ id: null })} size="min(800px, 100vw)" title="案件详情" destroyOnHidden>
        {filters.id && <CaseDetail id={filters.id} onChanged={changed} />}
      </Drawer>
    </>
  );
}

function CaseDetail({ id, onChanged }: { id: string; onChanged: () => void }) {
  const { can, viewer } = useSession();
  const [{ data, error, fetching }, again] = useQuery({ query: One, variables: { id } });
  const found = data?.node && "publication" in data.node ? (data.node as CaseNode) : null;
  if (error && !found) return <Failure error={error} retry={again} />;
  if (fetching && !found) return <Waiting />;
  if (!found) return <Empty description="没有找到这个案件，或不在您的范围内" />;
  const changed = () => {
    again({ requestPolicy: "network-only" });
    onChanged();
  };
  const district = (viewer.tenant?.divisionCode ?? "").slice(0, 6);
  return (
    <>
      <h2 className="break" style={{ marginTop: 0, fontSize: 18 }}>
        {found.partyName ?? "当事人按权限不显示"}
      </h2>
      <Space wrap style={{ marginBottom: 12 }}>
        <ToneTag>{PUBLICATION[found.publication]}</ToneTag>
        <StateTag state={found.state} table={BLACKLIST_STATE} />
      </Space>
      <CaseSteps found={found} onDone={changed} />
      <Clock found={found} />
      <Descriptions
        size="small"
        column={1}
        bordered
        items={[
          { key: "1", label: "决定机关", children: found.decidingBody?.name ?? "—" },
          { key: "2", label: "处罚决定书文号", children: found.penaltyNumber ?? "—" },
          { key: "3", label: "事由", children: <span className="pre">{found.cause ?? "—"}</span> },
          { key: "4", label: "依据", children: <span className="pre">{found.basis ?? "—"}</span> },
          ...(found.reason ? [{ key: "5", label: "最近理由", children: found.reason }] : []),
          { key: "6", label: "陈述申辩截止", children: day(found.defenceUntil) },
          { key: "7", label: "决定日期", children: day(found.decidedOn) },
          { key: "8", label: "公示", children: found.publishedOn ? `${day(found.publishedOn)} 至 ${day(found.publishedUntil)}` : "—" },
          ...(found.leafIndex
            ? [
                {
                  key: "9",
                  label: "公开日志",
                  children: (
                    <>
                      <a href={`/feed/${district}/entries/${found.publicEntryId}`} target="_blank" rel="noopener">
                        公示页与证明
                      </a>
                      （第 <span className="number">{found.leafIndex}</span> 叶）
                    </>
                  ),
                },
              ]
            : []),
        ]}
      />
      {found.measures.length > 0 && (
        <>
          <h3>联合惩戒措施</h3>
          <ul className="cards">
            {found.measures.map((one) => (
              <li key={one.measure + one.fromDay}>
                <Card size="small">
                  {one.measure}
                  <div>
                    {day(one.fromDay)} 起{one.liftedOn ? `，${day(one.liftedOn)} 解除` : ""}
                  </div>
                </Card>
              </li>
            ))}
          </ul>
        </>
      )}
      {can("EVIDENCE", "READ_OWN") && <Files id={id} may={can("EVIDENCE", "WRITE")} />}
      <h3>经过</h3>
      <Timeline
        items={found.history.map((one) => ({
          content: (
            <>
              {BLACKLIST_STEP[one.step]} → {BLACKLIST_STATE[one.state]}
              <div className="number">{moment(one.at)}</div>
            </>
          ),
        }))}
      />
    </>
  );
}

const LIMIT: Record<string, string> = {
  PUBLISH: "公示",
  DEFENCE: "陈述申辩",
  HEARING_NOTICE: "听证通知",
  SERVE: "送达决定",
  ENTRY: "录入部门系统",
  TERM: "公示期满",
  REPAIR_AFTER: "可申请修复",
  REPAIR_ACCEPT: "受理修复申请",
  REPAIR_DECIDE: "作出修复决定",
  WITHDRAW: "撤下",
};

/** The legal clock of the case: each limit with its article, whether checked, and days left. */
function Clock({ found }: { found: CaseNode }) {
  if (found.deadlines.length === 0) return null;
  return (
    <section aria-label="法定期限" style={{ marginBottom: 12 }}>
      <h3>法定期限</h3>
      <ul className="cards">
        {found.deadlines.map((one) => (
          <li key={one.rule}>
            <Card size="small">
              <div>
                {LIMIT[one.rule] ?? one.rule} · {articleText(one.article)}
                {!one.confirmed && <ToneTag style={{ marginInlineStart: 8 }}>待核对原文</ToneTag>}
              </div>
              <div>
                自 {day(one.startedOn)} 起；
                {one.dueOn ? <DueTag day={one.dueOn} /> : <span>{one.missingYear} 年工作日历尚未公布，无法计算</span>}
              </div>
            </Card>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Files({ id, may }: { id: string; may: boolean }) {
  const [{ data }, again] = useQuery({ query: CaseEvidence, variables: { kind: "BLACKLIST_CASE", id } });
  const found = data?.evidenceList.edges ?? [];
  return (
    <section aria-label="证据">
      <h3>证据 {data ? data.evidenceList.totalCount : ""}</h3>
      {may && <UploadEvidence subjectKind="BLACKLIST_CASE" subjectId={id} onDone={() => again({ requestPolicy: "network-only" })} />}
      <ul>
        {found.map(({ node }) => (
          <li key={node.id} className="break">
            <a href={`/console/evidence?id=${encodeURIComponent(node.id)}`}>{node.filename ?? node.sha256.slice(0, 16)}</a>
          </li>
        ))}
      </ul>
    </section>
  );
}

type Measure = { measure: string; bodyId: string | undefined };

function MeasuresEditor({ value = [], onChange }: { value?: Measure[]; onChange?: (value: Measure[]) => void }) {
  const change = (at: number, part: Partial<Measure>) => onChange?.(value.map((one, index) => (index === at ? { ...one, ...part } : one)));
  return (
    <Space orientation="vertical" style={{ width: "100%" }}>
      {value.map((one, at) => (
        <Card key={at} size="small">
          <Input aria-label="措施" placeholder="措施" value={one.measure} onChange={(event) => change(at, { measure: event.target.value })} style={{ marginBottom: 8 }} />
          <BodyPicker value={one.bodyId} onChange={(bodyId) => change(at, { bodyId })} />
          <Button size="small" style={{ marginTop: 8 }} onClick={() => onChange?.(value.filter((_, index) => index !== at))}>
            删除
          </Button>
        </Card>
      ))}
      <Button onClick={() => onChange?.([...value, { measure: "", bodyId: undefined }])}>增加措施</Button>
    </Space>
  );
}

const PARTYS: BlacklistStep[] = ["REQUEST_REPAIR"];

function CaseSteps({ found, onDone }: { found: CaseNode; onDone: () => void }) {
  const { can, viewer } = useSession();
  const fixed = { caseId: found.id };
  const reason = { name: "reason", label: "理由", kind: "area" as const, required: true };
  const served = [
    { name: "delivery", label: "送达方式", kind: "choice" as const, options: options(DELIVERY), required: true },
    { name: "servedOn", label: "送达日期", kind: "day" as const, required: true, initial: legalDay(new Date()) },
  ];
  const step: Partial<Record<BlacklistStep, React.ReactNode>> = {
    CLASSIFY: (
      <ActButton title="分类" document={Classify} fixed={fixed} onDone={onDone} fields={[{ name: "publication", label: "公示类别", kind: "choice", options: options(PUBLICATION), required: true, initial: found.publication }]}>
        分类
      </ActButton>
    ),
    REJECT: <ActButton title="不予列入" document={Reject} fixed={fixed} onDone={onDone} button={{ danger: true }} fields={[reason]}>不予列入</ActButton>,
    DROP: <ActButton title="撤回提请" document={Drop} fixed={fixed} onDone={onDone} button={{ danger: true }} fields={[reason]}>撤回提请</ActButton>,
    SERVE_NOTICE: <ActButton title="送达事先告知" document={ServeNotice} fixed={fixed} onDone={onDone} fields={served}>送达事先告知</ActButton>,
    RECORD_DEFENCE: (
      <ActButton
        title="记录陈述申辩"
        document={Defence}
        fixed={fixed}
        onDone={onDone}
        fields={[
          { name: "summary", label: "陈述申辩内容", kind: "area" },
          { name: "hearingAsked", label: "要求听证", kind: "flag" },
          { name: "waived", label: "放弃陈述申辩", kind: "flag" },
        ]}
      >
        记录陈述申辩
      </ActButton>
    ),
    HEAR: (
      <ActButton
        title="听证"
        document={Hear}
        fixed={fixed}
        onDone={onDone}
        fields={[
          { name: "heardOn", label: "听证日期", kind: "day", required: true },
          { name: "minutes", label: "听证笔录摘要", kind: "area", required: true },
        ]}
      >
        听证
      </ActButton>
    ),
    DECIDE: (
      <ActButton
        title="作出决定"
        document={Decide}
        fixed={fixed}
        onDone={onDone}
        fields={[
          { name: "decisionNumber", label: "决定书文号", required: true },
          { name: "defenceAnswer", label: "对陈述申辩的答复", kind: "area", help: "有陈述申辩时必填" },
          {
            name: "measures",
            label: "联合惩戒措施",
            control: <MeasuresEditor />,
            initial: [],
            check: (value) => ((value as Measure[] | undefined)?.every((one) => one.measure && one.bodyId) === false ? "每项措施都要写内容和执行机关" : null),
          },
        ]}
      >
        作出决定
      </ActButton>
    ),
    SERVE_DECISION: <ActButton title="送达决定" document={ServeDecision} fixed={fixed} onDone={onDone} fields={served}>送达决定</ActButton>,
    CORRECT: (
      <ActButton
        title="更正"
        document={Correct}
        fixed={fixed}
        onDone={onDone}
        fields={[
          { name: "cause", label: "事由", kind: "area", initial: found.cause ?? undefined },
          { name: "basis", label: "依据", kind: "area", initial: found.basis ?? undefined },
          reason,
        ]}
      >
        更正
      </ActButton>
    ),
    SUSPEND: <ActButton title="暂停公示" document={Suspend} fixed={fixed} onDone={onDone} fields={[reason]}>暂停公示</ActButton>,
    RESUME: <ActButton title="恢复公示" document={Resume} fixed={fixed} onDone={onDone} intro="恢复后公开页重新显示。">恢复公示</ActButton>,
    WITHDRAW: <ActButton title="撤下" document={Withdraw} fixed={fixed} onDone={onDone} button={{ danger: true }} intro="处罚决定变更或撤销后三个工作日内撤下，并公开说明理由（行政处罚法第四十八条）。" fields={[reason]}>撤下</ActButton>,
    REQUEST_REPAIR: <ActButton title="申请信用修复" document={AskRepair} fixed={fixed} onDone={onDone} intro="申请将送作出决定的机关审查。">申请信用修复</ActButton>,
    ACCEPT_REPAIR: <ActButton title="受理修复申请" document={AcceptRepair} fixed={fixed} onDone={onDone} intro="受理后按法定期限作出决定。">受理修复申请</ActButton>,
    REFUSE_REPAIR: <ActButton title="不予修复" document={RefuseRepair} fixed={fixed} onDone={onDone} button={{ danger: true }} fields={[reason]}>不予修复</ActButton>,
    REPAIR: <ActButton title="准予修复" document={Repair} fixed={fixed} onDone={onDone} intro="准予后停止公示、停止共享，并解除联合惩戒措施。">准予修复</ActButton>,
    REINSTATE: <ActButton title="恢复列入" document={Reinstate} fixed={fixed} onDone={onDone} button={{ danger: true }} intro="弄虚作假取得修复的，撤销修复。" fields={[reason]}>恢复列入</ActButton>,
  };
  const mine = (one: BlacklistStep): boolean => {
    if (PARTYS.includes(one)) return viewer.role === "ENTERPRISE" || can("BLACKLIST", "DECIDE");
    if (one === "DROP") return can("BLACKLIST", "PROPOSE");
    return can("BLACKLIST", "DECIDE") && (!found.decidingBody || !viewer.body || found.decidingBody.id === viewer.body.id);
  };
  const shown = found.possibleSteps.filter((one) => step[one] && mine(one));
  if (shown.length === 0) {
    return can("BLACKLIST", "DECIDE") ? null : <Alert type="info" showIcon style={{ marginBottom: 12 }} title={`由${found.decidingBody?.name ?? "决定机关"}办理`} />;
  }
  return (
    <Space wrap style={{ marginBottom: 12, display: "flex" }}>
      {shown.map((one) => (
        <span key={one}>{step[one]}</span>
      ))}
    </Space>
  );
}
