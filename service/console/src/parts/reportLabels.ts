import type { ReportChannel, ReportFinding, ReportState, ReportStep, RewardGround, RewardState } from "../gql/graphql";

/* Words of reports to 12350, in those of docs/glossary.md. */

export const REPORT_STATE: Record<ReportState, string> = {
  RECEIVED: "待受理",
  REJECTED: "不予受理",
  ACCEPTED: "待转办",
  TRANSFERRED: "待核查",
  VERIFIED: "待答复",
  ANSWERED: "已答复",
};

export const REPORT_STEP: Record<ReportStep, string> = {
  REJECT: "不予受理",
  ACCEPT: "受理",
  TRANSFER: "转属地镇街",
  EXTEND: "延长办理期限",
  REQUEST_VISIT: "提出线索核查",
  VERIFY: "现场核查",
  ANSWER: "答复举报人",
  RECKON: "核算奖励",
  APPROVE: "批准奖励",
  PAY: "发放奖励",
  FORFEIT: "逾期未领，视为放弃",
};

export const REPORT_CHANNEL: Record<ReportChannel, string> = { WEB: "网页", HOTLINE: "电话或平台" };

export const FINDING: Record<ReportFinding, string> = { TRUE: "属实", PARTIAL: "部分属实", FALSE: "不属实", DUPLICATE: "属实，他人先已举报" };

export const REWARD_STATE: Record<RewardState, string> = { RECKONED: "待批准", APPROVED: "待领取", PAID: "已发放", FORFEITED: "已放弃" };

export const GROUND: Record<RewardGround, string> = { MAJOR: "重大事故隐患或非法生产经营", CONCEALED: "瞒报、谎报事故", ORDINARY: "其他违法行为" };
