import type { EnterpriseIdentifierKind, RegisterAct } from "../gql/graphql";

/* Words of the register's history, in those of docs/glossary.md. */

export const REGISTER_ACT: Record<RegisterAct, string> = {
  ENROLLED: "登记",
  UPDATED: "修改",
  SUSPENDED: "停业",
  REOPENED: "恢复营业",
  CLOSED: "注销",
  PREMISES_ADDED: "新增经营场所",
  PREMISES_UPDATED: "修改经营场所",
  PREMISES_SUSPENDED: "场所停业",
  PREMISES_REOPENED: "场所恢复营业",
  PREMISES_CLOSED: "关闭经营场所",
  PREMISES_MOVED: "调整网格",
  IDENTIFIER_ADDED: "登记原有号码",
  REVENUE_STATED: "登记营业收入",
  TIER_DECIDED: "确定监管层级",
  IMPORTED: "导入",
  IMPORT_UNDONE: "撤销导入",
  MERGED: "并入",
  PARTED: "撤销并入",
};

export const IDENTIFIER_KIND: Record<EnterpriseIdentifierKind, string> = {
  REGISTRATION_NUMBER: "原注册号",
  ORGANISATION_CODE: "组织机构代码",
  FORMER_CREDIT_CODE: "原统一社会信用代码",
  OTHER: "其他号码",
};

const FIELD: Record<string, string> = {
  name: "名称",
  credit_code: "统一社会信用代码",
  alternate_id: "原注册号",
  industry_code: "行业代码",
  above_quota: "限额",
  risk: "风险等级",
  scale: "规模",
  tier: "监管层级",
  status: "状态",
  principal_name: "主要负责人",
  contact_name: "联系人",
  contact_phone: "联系电话",
  address: "地址",
  latitude: "纬度",
  longitude: "经度",
  open_from: "开门时间",
  open_to: "关门时间",
  grid_id: "网格",
  kind: "号码类型",
  value: "号码",
  merged_into: "并入的企业",
  merged_from: "并来的企业",
};

/** What a change touched, in words; what has none is left out rather than shown in English. */
export function changedFields(names: readonly string[]): string {
  return names.flatMap((name) => (FIELD[name] ? [FIELD[name]] : [])).join("、");
}
