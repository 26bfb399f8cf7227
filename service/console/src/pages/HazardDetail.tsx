import { Alert, Descriptions, Drawer, Empty, Space, Tabs, Timeline } from "antd";
import { useClient, useQuery } from "urql";

import { useSession } from "../app/session";
import { graphql } from "../gql";
import type { ConsoleHazardQuery, HazardStep } from "../gql/graphql";
import { ActButton } from "../parts/Act";
import { EvidenceThumb } from "../parts/EvidenceThumb";
import { Failure } from "../parts/Failure";
import { day, dayFromNow, legalDay, moment, yuan } from "../parts/format";
import { HAZARD_CATEGORY, HAZARD_GRADE, HAZARD_SOURCE, HAZARD_STATE, HAZARD_STEP, SUPERVISION_LEVEL, options } from "../parts/labels";
import { LinePicker } from "../parts/Pickers";
import { PurposeGate } from "../parts/PurposeGate";
import { DueTag, StateTag } from "../parts/Tags";
import { UploadEvidence } from "../parts/UploadEvidence";
import { Waiting } from "../parts/Waiting";
import { ToneTag } from "../parts/Tone";

const One = graphql(`
  query ConsoleHazard($id: ID!) {
    node(id: $id) {
      ... on Hazard {
        id state grade category source description foundOn criterion criterionVersion assignedTo dueOn result
        verification reportedToAuthorityOn reportedToCongressOn overdueSince supervisedOn supervisionReference
        closedOn recurring possibleSteps line extensions dismissalReason
        plan { responsible measures funds finishOn contingency missing }
        premises { id name address }
        enterprise { id name }
        history { step state at }
        evidence { evidenceId purpose at }
      }
    }
  }
`);
const Criteria = graphql(`
  query ConsoleCriteria { majorHazardCriteria { code version category text source confirmed } }
`);
const Grade = graphql(`
  mutation ConsoleGradeHazard($input: GradeHazardInput!) {
    gradeHazard(input: $input) { hazard { id state } errors { code message path } }
  }
`);
const Assign = graphql(`
  mutation ConsoleAssignHazard($input: AssignHazardInput!) {
    assignHazard(input: $input) { hazard { id state } errors { code message path } }
  }
`);
const Plan = graphql(`
  mutation ConsolePlanRectification($input: PlanRectificationInput!) {
    planRectification(input: $input) { hazard { id state } errors { code message path } }
  }
`);
const Submit = graphql(`
  mutation ConsoleSubmitRectification($input: SubmitRectificationInput!) {
    submitRectification(input: $input) { hazard { id state } errors { code message path } }
  }
`);
const Verify = graphql(`
  mutation ConsoleVerifyHazard($input: VerifyHazardInput!) {
    verifyHazard(input: $input) { hazard { id state } errors { code message path } }
  }
`);
const Reject = graphql(`
  mutation ConsoleRejectRectification($input: RejectRectificationInput!) {
    rejectRectification(input: $input) { hazard { id state } errors { code message path } }
  }
`);
const Propose = graphql(`
  mutation ConsoleProposeSupervision($input: ProposeSupervisionInput!) {
    proposeSupervision(input: $input) { order { id } errors { code message path } }
  }
`);
const AskExtension = graphql(`
  mutation ConsoleAskHazardExtension($input: RequestHazardExtensionInput!) {
    requestHazardExtension(input: $input) { hazard { id state } errors { code message path } }
  }
`);
const AnswerExtension = graphql(`
  mutation ConsoleAnswerHazardExtension($input: AnswerHazardExtensionInput!) {
    answerHazardExtension(input: $input) { hazard { id state dueOn } errors { code message path } }
  }
`);
const AskDismissal = graphql(`
  mutation ConsoleAskHazardDismissal($input: RequestHazardDismissalInput!) {
    requestHazardDismissal(input: $input) { hazard { id state } errors { code message path } }
  }
`);
const DecideDismissal = graphql(`
  mutation ConsoleDecideHazardDismissal($input: DecideHazardDismissalInput!) {
    decideHazardDismissal(input: $input) { hazard { id state } errors { code message path } }
  }
`);
const Transfer = graphql(`
  mutation ConsoleTransferHazard($input: TransferHazardInput!) {
    transferHazard(input: $input) { hazard { id line } errors { code message path } }
  }
`);
const Close = graphql(`
  mutation ConsoleCloseHazard($input: CloseHazardInput!) {
    closeHazard(input: $input) { hazard { id state } errors { code message path } }
  }
`);
const RecordReport = graphql(`
  mutation ConsoleRecordMajorHazardReport($input: RecordMajorHazardReportInput!) {
    recordMajorHazardReport(input: $input) { hazard { id state } errors { code message path } }
  }
`);
const Attach = graphql(`
  mutation ConsoleAttachHazardEvidence($input: AttachHazardEvidenceInput!) {
    attachHazardEvidence(input: $input) { hazard { id } errors { code message path } }
  }
`);

const PURPOSE = { FOUND: "发现时", RECTIFIED: "整改后", VERIFIED: "复核时" } as const;
const MISSING: Record<string, string> = {
  responsible: "责任人",
  measures: "措施",
  funds: "资金",
  finish_on: "时限",
  finishOn: "时限",
  contingency: "应急预案",
};

const PARTYS: HazardStep[] = ["PLAN", "SUBMIT", "ASK_EXTENSION", "ASK_DISMISSAL"];

const Look = graphql(`
  mutation ConsoleReadHazard($input: ReadHazardWithPurposeInput!) {
    readHazardWithPurpose(input: $input) {
      hazard {
        id state grade category source description foundOn criterion criterionVersion assignedTo dueOn result
        verification reportedToAuthorityOn reportedToCongressOn overdueSince supervisedOn supervisionReference
        closedOn recurring possibleSteps line extensions dismissalReason
        plan { responsible measures funds finishOn contingency missing }
        premises { id name address }
        enterprise { id name }
        history { step state at }
      }
      errors { code message path }
    }
  }
`);

type HazardNode = Extract<NonNullable<ConsoleHazardQuery["node"]>, { description: string }>;
type Shown = Omit<HazardNode, "evidence">;

/** One hazard as the committee reads it: after it has said why, and without any act. */
export function HazardForPurpose({ id }: { id: string }) {
  return (
    <PurposeGate
      key={id}
      id={id}
      purpose={{
        needed: true,
        document: Look,
        input: (hazardId, purpose) => ({ hazardId, purpose }),
        pick: (data): Shown | null => data?.readHazardWithPurpose?.hazard ?? null,
      }}
    >
      {(hazard) => (
        <>
          <Head hazard={hazard} />
          <Facts hazard={hazard} />
          <h3>经过</h3>
          <History hazard={hazard} />
        </>
      )}
    </PurposeGate>
  );
}

export function HazardDrawer({ id, onClose, onChanged }: { id: string | undefined; onClose: () => void; onChanged: () => void }) {
  const reads = useSession().can("HAZARD", "READ_OWN", "READ_ACROSS");
  return (
    <Drawer open={Boolean(id)} onClose={onClose} size="min(760px, 100vw)" title="隐患详情" destroyOnHidden>
      {id && (reads ? <HazardDetail id={id} onChanged={onChanged} /> : <HazardForPurpose id={id} />)}
    </Drawer>
  );
}

function HazardDetail({ id, onChanged }: { id: string; onChanged: () => void }) {
  const [{ data, error, fetching }, again] = useQuery({ query: One, variables: { id } });
  const client = useClient();
  const hazard = data?.node && "description" in data.node ? (data.node as HazardNode) : null;
  if (error && !hazard) return <Failure error={error} retry={again} />;
  if (fetching && !hazard) return <Waiting />;
  if (!hazard) return <Empty description="没有找到这条隐患，或不在您的范围内" />;
  const changed = () => {
    again({ requestPolicy: "network-only" });
    onChanged();
  };
  const attach = async (evidenceId: string) => {
    const purpose = hazard.state === "SELF_CHECKED" || hazard.state === "VERIFIED" ? "VERIFIED" : ["ASSIGNED", "RECTIFYING", "OVERDUE", "SUPERVISED"].includes(hazard.state) ? "RECTIFIED" : "FOUND";
    await client.mutation(Attach, { input: { hazardId: id, evidenceIds: [evidenceId], purpose } }).toPromise();
    changed();
  };
  return (
    <>
      <Head hazard={hazard} />
      <Steps hazard={hazard} onDone={changed} />
      {hazard.grade === "MAJOR" && hazard.state !== "CLOSED" && hazard.plan && hazard.plan.missing.length > 0 && (
        <Alert type="warning" showIcon style={{ marginBottom: 12 }} title={`“五落实”还缺：${hazard.plan.missing.map((one) => MISSING[one] ?? one).join("、")}`} />
      )}
      <Tabs
        items={[
          { key: "facts", label: "情况", children: <Facts hazard={hazard} /> },
          {
            key: "evidence",
            label: `证据 ${hazard.evidence.length}`,
            children: (
              <>
                {hazard.state !== "CLOSED" && (
                  <UploadEvidence subjectKind="CASE" subjectId={id} onDone={attach}>
                    上传照片或文书
                  </UploadEvidence>
                )}
                {hazard.evidence.length === 0 ? (
                  <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description="还没有证据" />
                ) : (
                  <div className="tiles" style={{ marginTop: 12 }}>
                    {hazard.evidence.map((one) => (
                      <EvidenceThumb key={one.evidenceId + one.purpose} id={one.evidenceId} caption={`${PURPOSE[one.purpose]} · ${moment(one.at)}`} />
                    ))}
                  </div>
                )}
              </>
            ),
          },
          {
            key: "history",
            label: "经过",
            children: <History hazard={hazard} />,
          },
        ]}
      />
    </>
  );
}

function Head({ hazard }: { hazard: Shown }) {
  return (
    <>
      <p className="pre" style={{ marginTop: 0, fontSize: 16, fontWeight: 600 }}>
        {hazard.description}
      </p>
      <Space wrap style={{ marginBottom: 12 }}>
        <StateTag state={hazard.state} table={HAZARD_STATE} />
        {hazard.grade && <ToneTag tone={hazard.grade === "MAJOR" ? "red" : "plain"}>{HAZARD_GRADE[hazard.grade]}</ToneTag>}
        {hazard.recurring && <ToneTag tone="orange">重复隐患</ToneTag>}
      </Space>
    </>
  );
}

function History({ hazard }: { hazard: Shown }) {
  return (
    <Timeline
      items={hazard.history.map((one) => ({
        content: (
          <>
            {HAZARD_STEP[one.step]} → {HAZARD_STATE[one.state]}
            <div className="number">{moment(one.at)}</div>
          </>
        ),
      }))}
    />
  );
}

function Facts({ hazard }: { hazard: Shown }) {
  const { plan } = hazard;
  const rows: [string, React.ReactNode][] = [
    ["企业", hazard.enterprise?.name ?? "—"],
    ["场所", hazard.premises ? `${hazard.premises.name}（${hazard.premises.address}）` : "—"],
    ["类别", HAZARD_CATEGORY[hazard.category]],
    ["来源", HAZARD_SOURCE[hazard.source]],
    ["发现日期", day(hazard.foundOn)],
    ["整改期限", <DueTag key="due" day={hazard.dueOn} done={hazard.state === "CLOSED"} />],
    ["整改责任人", hazard.assignedTo ?? "—"],
  ];
  if (hazard.criterion) rows.push(["判定依据", `${hazard.criterion}（${hazard.criterionVersion}）`]);
  if (plan)
    rows.push(
      ["整改措施", <span key="measures" className="pre">{plan.measures || "—"}</span>],
      ["资金", yuan(plan.funds)],
      ["完成时限", day(plan.finishOn)],
      ["应急预案", plan.contingency || "—"],
    );
  if (hazard.result) rows.push(["整改结果", <span key="result" className="pre">{hazard.result}</span>]);
  if (hazard.verification) rows.push(["复核意见", <span key="verified" className="pre">{hazard.verification}</span>]);
  if (hazard.grade === "MAJOR") rows.push(["报主管部门", day(hazard.reportedToAuthorityOn)], ["报职工代表大会", day(hazard.reportedToCongressOn)]);
  if (hazard.overdueSince) rows.push(["逾期自", day(hazard.overdueSince)]);
  if (hazard.supervisedOn) rows.push(["挂牌督办", `${day(hazard.supervisedOn)} ${hazard.supervisionReference ?? ""}`]);
  if (hazard.extensions > 0) rows.push(["延期次数", String(hazard.extensions)]);
  if (hazard.dismissalReason) rows.push(["认为不是隐患的理由", hazard.dismissalReason]);
  if (hazard.closedOn) rows.push(["销号日期", day(hazard.closedOn)]);
  return <Descriptions size="small" column={1} bordered items={rows.map(([label, children]) => ({ key: label, label, children }))} />;
}

function Steps({ hazard, onDone }: { hazard: HazardNode; onDone: () => void }) {
  const { can, viewer } = useSession();
  const [{ data }] = useQuery({ query: Criteria, pause: !hazard.possibleSteps.includes("GRADE") });
  const fixed = { hazardId: hazard.id };
  const criteria = data?.majorHazardCriteria.filter((one) => one.category === hazard.category) ?? [];
  const chosen = criteria.length ? criteria : (data?.majorHazardCriteria ?? []);
  const step: Partial<Record<HazardStep, React.ReactNode>> = {
    GRADE: (
      <ActButton
        title="定级"
        document={Grade}
        fixed={fixed}
        onDone={onDone}
        fields={[
          { name: "grade", label: "等级", kind: "radio", options: options(HAZARD_GRADE), required: true },
          {
            name: "criterion",
            label: "判定标准",
            kind: "choice",
            required: true,
            when: (values) => values.grade === "MAJOR",
            options: chosen.map((one) => ({ value: one.code, label: `${one.code} ${one.text}${one.confirmed ? "" : "（待核对原文）"}` })),
            help: "重大隐患须有判定标准",
          },
          { name: "reason", label: "说明", kind: "area" },
        ]}
      >
        定级
      </ActButton>
    ),
    ASSIGN: (
      <ActButton
        title="交办整改"
        document={Assign}
        fixed={fixed}
        onDone={onDone}
        fields={[
          { name: "responsible", label: "整改责任人", required: true },
          { name: "dueOn", label: "整改期限", kind: "day", required: true, initial: dayFromNow(15) },
        ]}
      >
        交办
      </ActButton>
    ),
    PLAN: (
      <ActButton
        title="整改方案"
        document={Plan}
        fixed={fixed}
        onDone={onDone}
        intro={hazard.grade === "MAJOR" ? "重大隐患须“五落实”：责任、措施、资金、时限、预案。" : undefined}
        fields={[
          { name: "measures", label: "措施", kind: "area", required: true, initial: hazard.plan?.measures },
          { name: "responsible", label: "责任人", required: hazard.grade === "MAJOR", initial: hazard.plan?.responsible || hazard.assignedTo },
          { name: "funds", label: "资金（元）", kind: "yuan" },
          { name: "finishOn", label: "完成时限", kind: "day", initial: hazard.plan?.finishOn ?? hazard.dueOn ?? undefined },
          { name: "contingency", label: "应急预案", kind: "area", initial: hazard.plan?.contingency },
        ]}
      >
        整改方案
      </ActButton>
    ),
    SUBMIT: (
      <ActButton title="报告整改完成" document={Submit} fixed={fixed} onDone={onDone} intro="请先在“证据”中上传整改后的照片。" fields={[{ name: "result", label: "整改结果", kind: "area", required: true }]}>
        报告整改完成
      </ActButton>
    ),
    VERIFY: (
      <ActButton title="复核通过" document={Verify} fixed={fixed} onDone={onDone} fields={[{ name: "finding", label: "复核意见", kind: "area", required: true }]}>
        复核通过
      </ActButton>
    ),
    REJECT: (
      <ActButton title="复核不通过" document={Reject} fixed={fixed} onDone={onDone} button={{ danger: true }} fields={[{ name: "finding", label: "不通过的原因", kind: "area", required: true }]}>
        复核不通过
      </ActButton>
    ),
    ASK_EXTENSION: (
      <ActButton
        title="申请延期"
        document={AskExtension}
        fixed={fixed}
        onDone={onDone}
        fields={[
          { name: "until", label: "延至", kind: "day", required: true },
          { name: "reason", label: "理由", kind: "area", required: true, max: 400 },
        ]}
      >
        申请延期
      </ActButton>
    ),
    EXTEND: (
      <ActButton
        title="答复延期申请"
        document={AnswerExtension}
        fixed={fixed}
        onDone={onDone}
        shape={({ granted, ...values }) => ({ ...values, granted: granted === "yes" })}
        fields={[
          { name: "granted", label: "结论", kind: "radio", required: true, options: [{ value: "yes", label: "同意" }, { value: "no", label: "不同意" }] },
          { name: "answer", label: "理由", kind: "area", required: true, max: 400 },
        ]}
      >
        答复延期
      </ActButton>
    ),
    ASK_DISMISSAL: (
      <ActButton title="申请认定不是隐患" document={AskDismissal} fixed={fixed} onDone={onDone} fields={[{ name: "reason", label: "理由", kind: "area", required: true, max: 400 }]}>
        认为不是隐患
      </ActButton>
    ),
    DISMISS: (
      <ActButton
        title="认定是否隐患"
        document={DecideDismissal}
        fixed={fixed}
        onDone={onDone}
        intro={hazard.dismissalReason ? `申请理由：${hazard.dismissalReason}` : undefined}
        shape={({ dismissed }) => ({ dismissed: dismissed === "yes" })}
        fields={[{ name: "dismissed", label: "结论", kind: "radio", required: true, options: [{ value: "yes", label: "不是隐患" }, { value: "no", label: "仍是隐患" }] }]}
      >
        认定是否隐患
      </ActButton>
    ),
    TRANSFER: (
      <ActButton
        title="移送行业部门"
        document={Transfer}
        fixed={fixed}
        onDone={onDone}
        fields={[
          { name: "line", label: "接收部门", required: true, control: <LinePicker /> },
          { name: "reason", label: "理由", kind: "area", required: true, max: 400 },
        ]}
      >
        移送
      </ActButton>
    ),
    SUPERVISE: (
      <ActButton
        title="提请挂牌督办"
        document={Propose}
        fixed={fixed}
        onDone={onDone}
        done="已提请，在“挂牌督办”中办理"
        fields={[
          { name: "level", label: "督办级别", kind: "radio", required: true, options: options(SUPERVISION_LEVEL) },
          { name: "reason", label: "理由", kind: "area", required: true },
        ]}
      >
        提请挂牌督办
      </ActButton>
    ),
    CLOSE: (
      <ActButton title="销号" document={Close} fixed={fixed} onDone={onDone} intro="销号后不再变动。">
        销号
      </ActButton>
    ),
  };
  // The enterprise puts right, the town and its officers judge; the API has the last word.
  const own = viewer.role === "ENTERPRISE" ? hazard.possibleSteps.filter((one) => PARTYS.includes(one)) : hazard.possibleSteps;
  const report = hazard.grade === "MAJOR" && hazard.state !== "CLOSED" && can("HAZARD", "WRITE");
  if (!can("HAZARD", "WRITE", "VERIFY")) return null;
  return (
    <Space wrap style={{ marginBottom: 12 }}>
      {own.map((one) => step[one] && <span key={one}>{step[one]}</span>)}
      {report && (
        <ActButton
          title="登记重大隐患报告"
          document={RecordReport}
          fixed={fixed}
          onDone={onDone}
          fields={[
            {
              name: "to",
              label: "报告对象",
              kind: "radio",
              required: true,
              options: [
                { value: "AUTHORITY", label: "主管部门" },
                { value: "WORKERS_CONGRESS", label: "职工大会或职代会" },
              ],
            },
            { name: "reportedOn", label: "报告日期", kind: "day", required: true, initial: legalDay(new Date()) },
          ]}
        >
          登记报告
        </ActButton>
      )}
    </Space>
  );
}
