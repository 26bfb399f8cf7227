import type { HazardCategory, InspectionItemResult, InspectionKind, InspectionState } from "../gql/graphql";

/* The few words of the phone's page; the console has the whole list. */
export const STATE: Record<InspectionState, string> = {
  PLANNED: "待批准",
  TASK_APPROVED: "已批准",
  CODED: "已赋执法码",
  ON_SITE: "检查中",
  RECORD_SIGNED: "笔录已签",
  RECORD_REFUSED: "拒签已注明",
  NO_ISSUE: "未发现问题",
  RECTIFY_ORDERED: "责令改正",
  DUE: "待复查",
  REINSPECTED: "已复查",
  CLOSED: "已闭环",
  FAILED: "复查不合格",
  CASE_FILED: "已立案",
  VISIT_REFUSED: "被拒绝",
  CANCELLED: "已取消",
};
export const KIND: Record<InspectionKind, string> = { ROUTINE: "日常检查", SPECIAL: "专项检查", CLUE: "线索核查", INSTANT: "即时检查" };
export const RESULT: Partial<Record<InspectionItemResult, string>> = { COMPLIANT: "符合", NOT_COMPLIANT: "不符合", NOT_APPLICABLE: "不适用" };
export const CATEGORY: Record<HazardCategory, string> = {
  FIRE: "消防",
  ELECTRICAL: "用电",
  GAS: "燃气",
  MANAGEMENT: "安全管理",
  SPECIAL_EQUIPMENT: "特种设备",
  HAZARDOUS_CHEMICALS: "危险化学品",
  AMMONIA: "涉氨制冷",
  CONFINED_SPACE: "有限空间",
  DUST: "粉尘",
  CONSTRUCTION: "施工装修",
  OTHER: "其他",
};
export const ACT = { CheckIn: "到场", Checks: "逐项检查", Sign: "笔录签字", Conclude: "未发现问题", Order: "责令改正", Hazard: "隐患" } as const;
