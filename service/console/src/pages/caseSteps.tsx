import type { CaseStep, ConsolePenaltyCaseQuery, PartyStatementKind } from "../gql/graphql";
import { CASE_DELIVERY, PENALTY_KIND, penaltyText } from "../parts/caseLabels";
import { dayFromNow, legalDay, yuan } from "../parts/format";
import { CASE_STEP, options } from "../parts/labels";
import { BodyPicker, OfficersPicker } from "../parts/Pickers";
import type { FieldSpec } from "../parts/Act";
import type { Step } from "../parts/Records";
import { CASE_ACT } from "./caseActs";

export type PenaltyCase = Extract<NonNullable<ConsolePenaltyCaseQuery["node"]>, { filedOn: string }>;
type Can = { write: boolean; decide: boolean; object: boolean };

const words = (label: string, help?: string): FieldSpec[] => [{ name: "text", label, kind: "area", required: true, max: 8000, help }];

const penalty = (found?: PenaltyCase): FieldSpec[] => [
  { name: "kinds", label: "处罚种类", kind: "several", options: options(PENALTY_KIND), required: true, initial: found?.noticedKinds.length ? found.noticedKinds : undefined },
  {
    name: "fine",
    label: "罚款（元）",
    kind: "yuan",
    required: true,
    when: (values) => ((values.kinds as string[] | undefined) ?? []).includes("FINE"),
    initial: found && found.noticedFine !== "0" ? yuan(found.noticedFine).replace(/[¥,]/g, "") : undefined,
    help: found?.noticedFine && found.noticedFine !== "0" ? `告知书写明 ${yuan(found.noticedFine)}；决定不得重于告知` : undefined,
  },
];

const service = (): FieldSpec[] => [
  { name: "delivery", label: "送达方式", kind: "choice", options: options(CASE_DELIVERY), required: true, initial: "IN_PERSON" },
  { name: "servedOn", label: "送达日期", kind: "day", required: true, initial: legalDay(new Date()) },
  { name: "place", label: "送达地点", help: "不填为当事人地址" },
  { name: "receivedBy", label: "签收人" },
  { name: "note", label: "备注", help: "留置、拒签的，写明情况和见证人" },
];

const decision = (found: PenaltyCase): FieldSpec[] => [
  ...penalty(found),
  { name: "number", label: "决定书文号", help: "不填由系统按文书编号格式生成" },
  { name: "penaltyBasis", label: "处罚依据", help: "不填为立案时的依据" },
  { name: "performance", label: "履行方式和期限", kind: "area", help: "不填为收到决定书之日起十五日内缴纳" },
];

const days = (last: string): FieldSpec[] => [
  { name: "fromDay", label: "自", kind: "day", required: true, initial: legalDay(new Date()) },
  { name: "toDay", label: last, kind: "day", help: "还没有结束的不填" },
];

const officers: FieldSpec = { name: "officerIds", label: "承办人（不少于两人，证件有效）", required: true, control: <OfficersPicker /> };

/** What a party says on paper or by word of mouth is noted by the body. */
const STATEMENT: Partial<Record<CaseStep, PartyStatementKind>> = { DEFEND: "DEFENCE", ASK_HEARING: "HEARING_REQUEST", WAIVE_HEARING: "HEARING_WAIVER" };
const said: FieldSpec[] = [{ name: "receivedOn", label: "当事人提出的日期", kind: "day", required: true, initial: legalDay(new Date()), help: "口头或者书面提出的，由承办人登记" }];

/** What can follow, in the order of the procedure: who does it, and with which form. */
export function stepsOf(found: PenaltyCase, can: Can): Step[] {
  const body = found.body?.name ?? "办案机关";
  const heads = `${body}有权决定的人`;
  const fixed = { caseId: found.id };
  const own = (step: CaseStep, document: any, fields: FieldSpec[] = [], more: Partial<Step["act"]> = {}, danger = false): Step => ({
    label: CASE_STEP[step], may: can.write, who: body, danger, act: { title: CASE_STEP[step], document, fixed, fields, ...more },
  });
  const decided = (step: CaseStep, document: any, fields: FieldSpec[] = [], more: Partial<Step["act"]> = {}, danger = false): Step => ({ ...own(step, document, fields, more, danger), may: can.decide, who: heads });
  const party = (step: CaseStep, document: any, fields: FieldSpec[] = [], intro?: string): Step =>
    can.write
      ? { ...own(step, CASE_ACT.recordPartyStatement, [...said, ...fields], { intro, fixed: { ...fixed, kind: STATEMENT[step] } }), who: "当事人" }
      : { ...own(step, document, fields, { intro }), may: can.object, who: "当事人" };
  const review = own("PASS", CASE_ACT.reviewCase, [
    { name: "passed", label: "审核结论", kind: "radio", options: [{ value: "yes", label: "通过" }, { value: "no", label: "退回补充" }], required: true },
    { name: "opinion", label: "审核意见", kind: "area", required: true },
    { name: "contact", label: "告知书上的联系人", help: "不填为机关名称" },
  ], { title: "法制审核", shape: (values) => ({ ...values, passed: values.passed === "yes" }), intro: "审核人不能是承办人（第五十八条）。" });
  const make: Record<CaseStep, Step | null> = {
    ASSIGN: own("ASSIGN", CASE_ACT.assignInvestigators, [officers]),
    REPORT: own("REPORT", CASE_ACT.submitForLegalReview, [
      { name: "findings", label: "调查终结报告", kind: "area", required: true, max: 8000 },
      ...penalty(),
      { name: "grave", label: "案情复杂或者重大，须集体讨论（第五十七条）", kind: "flag" },
    ]),
    RETURN: null,
    PASS: { ...review, label: "法制审核" },
    SERVE_NOTICE: own("SERVE_NOTICE", CASE_ACT.servePenaltyNotice, service(), { intro: `告知：${penaltyText(found.noticedKinds, found.noticedFine)}${found.hearingDue ? "；当事人可以要求听证" : ""}。` }),
    DEFEND: party("DEFEND", CASE_ACT.submitDefence, words("陈述申辩的内容"), "陈述申辩不会加重处罚（第四十五条）。"),
    ASK_HEARING: found.hearingDue ? party("ASK_HEARING", CASE_ACT.requestHearing, [], "收到告知书后五个工作日内可以要求听证；听证不收费用。") : null,
    WAIVE_HEARING: party("WAIVE_HEARING", CASE_ACT.waiveHearing, [], "撤回以后不能再次要求听证。"),
    CALL_HEARING: own("CALL_HEARING", CASE_ACT.callHearing, [
      { name: "heldAt", label: "听证时间（至少提前七个工作日）", kind: "moment", required: true },
      { name: "place", label: "地点", required: true },
      { name: "chair", label: "主持人（不能是承办人）", required: true },
      { name: "recorder", label: "记录人" },
      { name: "closed", label: "涉及国家秘密、商业秘密或者个人隐私，不公开举行", kind: "flag" },
      { name: "contact", label: "联系人", help: "不填为机关名称" },
      { name: "dayOffAgreed", label: "当事人同意在非工作日举行", kind: "flag" },
    ], { shape: ({ closed, ...values }) => ({ ...values, public: !closed }) }),
    HOLD_HEARING: own("HOLD_HEARING", CASE_ACT.recordHearing, words("听证笔录")),
    DECIDE: decided("DECIDE", CASE_ACT.decideCase, decision(found)),
    DECIDE_ON_SPOT: own("DECIDE_ON_SPOT", CASE_ACT.decideOnTheSpot, [...decision(found), officers], { intro: "只限警告和法定限额以内的罚款（第五十一条）。" }),
    SERVE: own("SERVE", CASE_ACT.servePenaltyDecision, service(), { intro: "送达之日起十五日内缴纳罚款。" }),
    PUBLISH: decided("PUBLISH", CASE_ACT.publishPenaltyDecision, [], { intro: "处罚决定将公示，公示的内容按脱敏规则生成。" }),
    EXECUTE: own("EXECUTE", CASE_ACT.completeExecution, [
      { name: "execution", label: "执行情况", kind: "area", required: true },
      { name: "surchargeWaived", label: "减免加处罚款的理由", kind: "area", help: "没有减免的不填" },
    ]),
    CLOSE: decided("CLOSE", CASE_ACT.closeCase, words("结案报告")),
    SPARE: decided("SPARE", CASE_ACT.closeWithoutPenalty, words("不予处罚的理由")),
    TRANSFER: decided("TRANSFER", CASE_ACT.transferCase, [
      { name: "toBodyId", label: "移送给", required: true, control: <BodyPicker /> },
      { name: "reason", label: "理由", kind: "area", required: true },
    ]),
    SUSPEND: decided("SUSPEND", CASE_ACT.suspendCase, words("中止的理由")),
    RESUME: decided("RESUME", CASE_ACT.resumeCase),
    ANNUL: decided("ANNUL", CASE_ACT.annulPenaltyDecision, words("撤销的理由", "已公示的在三个工作日内撤下"), {}, true),
  };
  return found.possibleSteps.flatMap((step) => make[step] ?? []);
}

/** Acts that stand beside the procedure. */
export function besides(found: PenaltyCase, can: Can): Step[] {
  const fixed = { caseId: found.id };
  const open = ["FILED", "INVESTIGATING", "LEGAL_REVIEW", "REVIEWED", "NOTICE_SERVED", "DEFENCE", "HEARING_ASKED", "HEARING", "HEARD"].includes(found.state);
  const fined = found.account != null && ["SERVED", "PUBLISHED"].includes(found.state);
  const act = (label: string, document: any, fields: FieldSpec[], holds: boolean, may = can.write): Step[] => (holds && may ? [{ label, may, act: { title: label, document, fixed, fields } }] : []);
  return [
    ...act("先行登记保存", CASE_ACT.registerEvidence, [{ name: "thing", label: "登记保存的物品", kind: "area", required: true, max: 400, help: "七个工作日内须作出处理决定（第五十六条）" }], open),
    ...act("登记电子送达同意", CASE_ACT.recordDeliveryConsent, [{ name: "signedOn", label: "签名日期", kind: "day", required: true, initial: legalDay(new Date()) }], open),
    ...act("答复陈述申辩", CASE_ACT.answerDefence, words("复核意见"), open && Boolean(found.defence) && !found.defenceAnswer),
    ...act("集体讨论", CASE_ACT.recordCollectiveDiscussion, [
      { name: "on", label: "讨论日期", kind: "day", required: true, initial: legalDay(new Date()) },
      { name: "record", label: "讨论记录", kind: "area", required: true },
    ], open && found.grave, can.decide),
    ...act("登记缴款", CASE_ACT.recordFinePayment, [
      { name: "amount", label: "金额（元）", kind: "yuan", required: true },
      { name: "on", label: "缴款日期", kind: "day", required: true, initial: legalDay(new Date()) },
      { name: "reference", label: "银行回单号", required: true },
    ], fined),
    ...act("延期或者分期缴纳", CASE_ACT.grantInstalments, [
      { name: "instalments", label: "各期（一期为延期）", kind: "rows", required: true, row: [
        { name: "on", label: "最后一日", kind: "day", required: true, initial: dayFromNow(30) },
        { name: "amount", label: "金额（元）", kind: "yuan", required: true },
      ] },
      { name: "reason", label: "经济困难的情况", kind: "area", required: true },
    ], fined, can.decide),
    ...act("登记复议或诉讼", CASE_ACT.recordSuit, days("至"), fined),
    ...act("登记停止执行", CASE_ACT.recordStay, [...days("至"), { name: "order", label: "裁定或决定", required: true }], fined),
    ...act("确认已撤下公示", CASE_ACT.confirmWithdrawal, [], Boolean(found.annulledOn) && !found.withdrawnOn),
  ];
}
