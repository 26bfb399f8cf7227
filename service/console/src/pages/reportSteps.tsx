import { useQuery } from "urql";
import { Select } from "antd";

import type { Right, RightSubject } from "../gql/graphql";
import { graphql } from "../gql";
import type { ConsoleReportQuery } from "../gql/graphql";
import type { FieldSpec } from "../parts/Act";
import { ACCIDENT_LEVEL } from "../parts/fieldLabels";
import { dayFromNow, moment } from "../parts/format";
import { useItemNames } from "../parts/items";
import { HAZARD_STATE, options } from "../parts/labels";
import { RegisterPicker } from "../parts/Pickers";
import type { Step } from "../parts/Records";
import { FINDING, GROUND } from "../parts/reportLabels";
import { REPORT_ACT } from "./reportActs";

export type Report = Extract<NonNullable<ConsoleReportQuery["node"]>, { receivedAt: unknown }>;

const Found = graphql(`
  query ReportHazards($premisesId: ID) {
    hazards(where: { premisesId: $premisesId }, first: 50) { edges { node { id description state foundOn } } }
  }
`);
const Earlier = graphql(`query EarlierReports { reports(first: 100) { edges { node { id place receivedAt state } } } }`);

type Given = { id?: string; value?: string; onChange?: (value: string | undefined) => void };

function HazardPicker({ premisesId, ...given }: Given & { premisesId?: string }) {
  const [{ data, fetching }] = useQuery({ query: Found, variables: { premisesId: premisesId ?? null } });
  const found = data?.hazards.edges.map(({ node }) => ({ value: node.id, label: `${node.foundOn} ${node.description}（${HAZARD_STATE[node.state]}）` }));
  return <Select {...given} allowClear loading={fetching} showSearch={{ optionFilterProp: "label" }} placeholder="没有登记隐患时不选" options={found} style={{ width: "100%" }} />;
}

function EarlierPicker({ than, ...given }: Given & { than: Report }) {
  const [{ data, fetching }] = useQuery({ query: Earlier });
  const found = data?.reports.edges.filter(({ node }) => node.id !== than.id && node.receivedAt < than.receivedAt).map(({ node }) => ({ value: node.id, label: `${moment(node.receivedAt)} ${node.place}` }));
  return <Select {...given} loading={fetching} showSearch={{ optionFilterProp: "label" }} placeholder="选择先前的举报" options={found} style={{ width: "100%" }} />;
}

function ItemPicker({ value, onChange, id }: { id?: string; value?: string[]; onChange?: (value: string[]) => void }) {
  const items = useItemNames();
  return <Select id={id} mode="multiple" value={value} onChange={onChange} options={items.options} showSearch={{ optionFilterProp: "label" }} placeholder="可多选" style={{ width: "100%" }} />;
}

const OPEN = new Set(["ACCEPTED", "TRANSFERRED", "VERIFIED"]);
const reason = (label: string): FieldSpec => ({ name: "reason", label, kind: "area", required: true, max: 400 });

/** What can be done with a report now, and who does it where it is not for whoever looks. */
export function stepsOf(one: Report, can: (subject: RightSubject, ...rights: Right[]) => boolean): Step[] {
  const fixed = { reportId: one.id };
  const decides = can("REPORT", "DECIDE");
  const writes = can("REPORT", "WRITE");
  const true_ = one.finding === "TRUE" || one.finding === "PARTIAL";
  const reward = one.reward?.state;
  const steps: (Step & { holds: boolean })[] = [
    { holds: one.state === "RECEIVED", label: "受理", may: decides, who: "应急部门", act: { title: "受理举报", document: REPORT_ACT.accept, fixed, confirm: "受理", intro: "从今天起计算办理期限。" } },
    { holds: one.state === "RECEIVED", label: "不予受理", may: decides, danger: true, act: { title: "不予受理", document: REPORT_ACT.reject, fixed, confirm: "不予受理", intro: "举报人凭查询码会看到理由。", fields: [reason("理由")] } },
    {
      holds: one.state === "ACCEPTED", label: "转属地镇街", may: decides, who: "应急部门",
      act: { title: "转属地镇街核查", document: REPORT_ACT.transfer, fixed, fields: [{ name: "premisesId", label: "经营场所", control: <RegisterPicker />, help: "知道是哪一家时选择" }] },
    },
    {
      holds: one.state === "TRANSFERRED", label: "登记核查结果", may: can("REPORT", "VERIFY"), who: "镇街执法人员",
      act: {
        title: "登记核查结果", document: REPORT_ACT.verify, fixed,
        fields: [
          { name: "finding", label: "核查结论", kind: "radio", options: options(FINDING), required: true },
          { name: "duplicateOf", label: "先前的举报", required: true, when: (values) => values.finding === "DUPLICATE", control: <EarlierPicker than={one} /> },
          { name: "hazardId", label: "登记的隐患", when: (values) => values.finding === "TRUE" || values.finding === "PARTIAL", control: <HazardPicker premisesId={one.premises?.id} /> },
          { name: "verification", label: "核查情况", kind: "area", required: true, help: "谁、何时、到哪里、看到什么" },
        ],
      },
    },
    {
      holds: one.state === "TRANSFERRED" && !one.visitRequested, label: "提出线索核查", may: writes && can("DEMAND", "WRITE"),
      act: {
        title: "提出线索核查", document: REPORT_ACT.visit, fixed, intro: "线索核查不计入检查频次，但须说明线索（重庆市政府令第375号第二十九、三十条）。",
        fields: [
          { name: "items", label: "检查事项", required: true, control: <ItemPicker /> },
          { name: "dueOn", label: "最晚日期", kind: "day", required: true, initial: dayFromNow(7) },
          { name: "minutes", label: "预计分钟", kind: "number", required: true, initial: 60 },
          { name: "premisesId", label: "经营场所", required: !one.premises, control: <RegisterPicker />, help: one.premises ? `不选为${one.premises.name}` : undefined },
        ],
      },
    },
    {
      holds: one.state === "VERIFIED", label: "答复举报人", may: writes, who: "属地镇街",
      act: { title: "答复举报人", document: REPORT_ACT.answer, fixed, intro: "举报人凭查询码会看到这段话。不要写出举报人的身份，也不要写出个人电话。", fields: [{ name: "answer", label: "答复", kind: "area", required: true }] },
    },
    {
      holds: OPEN.has(one.state) && !one.extended && !one.overdue, label: "延长办理期限", may: decides,
      act: { title: "延长办理期限", document: REPORT_ACT.extend, fixed, intro: "只能延长一次，须在期限届满之前。", fields: [reason("理由")] },
    },
    {
      holds: one.state === "ANSWERED" && true_ && (reward == null || reward === "RECKONED"), label: reward ? "重新核算奖励" : "核算奖励", may: decides, who: "应急部门",
      act: {
        title: "核算奖励", document: REPORT_ACT.reckon, fixed, intro: "金额按收到举报当日的规定计算；批准之前可以重新核算。",
        shape: (values) => ({ ...values, deaths: values.deaths ?? 0 }),
        fields: [
          { name: "ground", label: "举报事项", kind: "radio", options: options(GROUND), required: true },
          { name: "fine", label: "据此作出的罚款（元）", kind: "yuan", when: (values) => values.ground === "MAJOR", help: "没有罚款时不填" },
          { name: "deaths", label: "瞒报、谎报的死亡人数", kind: "number", required: true, when: (values) => values.ground === "CONCEALED" },
          { name: "level", label: "事故等级", kind: "radio", options: options(ACCIDENT_LEVEL), required: true, when: (values) => values.ground === "CONCEALED" },
        ],
      },
    },
    {
      holds: reward === "RECKONED", label: "批准奖励", may: decides, who: "应急部门的另一人",
      act: { title: "批准奖励", document: REPORT_ACT.approve, fixed, confirm: "批准", intro: "由核算人以外的人批准。批准后举报人可以凭查询码领取。" },
    },
    {
      holds: reward === "APPROVED", label: "发放奖励", may: decides, who: "应急部门",
      act: { title: "发放奖励", document: REPORT_ACT.pay, fixed, confirm: "已发放", intro: "领奖人出示查询码即可，不必说明身份。发放后不能撤回。", fields: [{ name: "trackingCode", label: "查询码", required: true, max: 40 }] },
    },
  ];
  return steps.filter((step) => step.holds);
}
