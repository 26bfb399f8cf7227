import type { FieldSpec } from "../parts/Act";
import { legalDay } from "../parts/format";
import { GRADE } from "../parts/labels";

/* Forms of standardisation and equipment that more than one page shows. */

const grades = Object.entries(GRADE).map(([value, label]) => ({ value, label }));
const today = () => legalDay(new Date());

export const graded = (values: Record<string, unknown>) => ({ ...values, grade: Number(values.grade) });
export const judged = (values: Record<string, unknown>) => ({ ...values, passed: Boolean(values.passed), note: values.note ?? "" });

export const applyFields = (): FieldSpec[] => [
  { name: "grade", label: "等级", kind: "radio", options: grades, initial: "3", required: true },
  { name: "appliedOn", label: "申请日期", kind: "day", initial: today(), required: true },
];

export const certificateFields = (): FieldSpec[] => [
  { name: "grade", label: "等级", kind: "radio", options: grades, initial: "3", required: true },
  { name: "number", label: "证书编号", required: true, max: 60 },
  { name: "issuedOn", label: "发证日期", kind: "day", required: true },
  { name: "validTo", label: "到期日", kind: "day", help: "证书上没有写明时留空，按规定的有效期计算" },
];

export const assessFields = (): FieldSpec[] => [
  { name: "passed", label: "达标", kind: "flag" },
  { name: "assessedOn", label: "评定日期", kind: "day", initial: today(), required: true },
  { name: "note", label: "说明", kind: "area" },
];

export const inspectionFields = (): FieldSpec[] => [
  { name: "inspectedOn", label: "检验日期", kind: "day", initial: today(), required: true },
  { name: "passed", label: "检验合格", kind: "flag", initial: true },
  { name: "body", label: "检验机构", required: true, max: 100 },
  { name: "report", label: "报告编号", required: true, max: 60 },
  { name: "nextDueOn", label: "下次检验日期", kind: "day", help: "报告上没有写明时留空，按法定周期计算" },
  { name: "note", label: "说明", kind: "area" },
];
