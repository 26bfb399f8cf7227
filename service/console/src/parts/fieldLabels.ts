import type { AccidentLevel, AccidentReportKind, CardCheckKind, CheckInFlag, DutyEvidenceKind, DutyFrequency, DutyState, GuidanceDuty, GuidanceKind, GuidanceRating, KeyEventKind, PostCardKind, TrainingAudience } from "../gql/graphql";

/* Words of the daily work of a town, in those of docs/glossary.md. */

export const ACCIDENT_LEVEL: Record<AccidentLevel, string> = { ORDINARY: "一般事故", LARGER: "较大事故", MAJOR: "重大事故", GRAVEST: "特别重大事故" };

export const ACCIDENT_REPORT: Record<AccidentReportKind, string> = { FIRST: "首报", SUPPLEMENT: "补报", CORRECTION: "更正" };

export const GUIDANCE_KIND: Record<GuidanceKind, string> = { GUIDANCE: "检查指导", ADMIN_INSPECTION: "涉企行政检查（另有记录）" };

export const GUIDANCE_RATING: Record<GuidanceRating, string> = { VERY_SATISFIED: "非常满意", SATISFIED: "满意", FAIR: "一般", DISSATISFIED: "不满意", VERY_DISSATISFIED: "很不满意" };

export const CHECK_IN_FLAG: Record<CheckInFlag, string> = { FAR: "离场所较远", NO_POSITION: "没有定位", CLOCK_AHEAD: "手机时钟快", LATE: "上传过晚" };

export const KEY_EVENT: Record<KeyEventKind, string> = { KEY_NODE: "重要节点", RESUMPTION: "复工复产", DANGER: "出现险情", ACCIDENT: "发生事故" };

export const GUIDANCE_DUTY: Record<GuidanceDuty, string> = { MONTH: "每月检查指导", HALF: "半年全覆盖", SPECIAL: "到场" };

export const FREQUENCY: Record<DutyFrequency, string> = { MONTH: "每月", QUARTER: "每季度", HALF: "每半年", YEAR: "每年" };

export const DUTY_EVIDENCE: Record<DutyEvidenceKind, string> = { MINUTES: "会议纪要", DOCUMENT: "文件", REPORT: "报告", PHOTO: "照片" };

export const DUTY_STATE: Record<DutyState, string> = { DUE: "待填报", DONE: "按时完成", LATE: "逾期完成", MISSED: "未完成" };

export const CARD_KIND: Record<PostCardKind, string> = { RISK_LIST: "风险清单", DUTY_LIST: "职责清单", OPERATION_CARD: "操作卡", EMERGENCY_CARD: "应急处置卡" };

export const CARD_CHECK: Record<CardCheckKind, string> = { QUIZ: "测验（记得住）", ORAL: "口述（说得明）", DRILL: "演示（做得到）" };

export const AUDIENCE: Record<TrainingAudience, string> = { ENFORCER: "执法人员", ENTERPRISE: "企业人员" };
