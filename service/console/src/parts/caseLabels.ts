import type { CaseDelivery, CaseFileGrade, CaseFilePiece, CasePenaltyKind, DocumentKind, IdentityDocumentKind, OffenderKind, OffenderRole, ReviewedFileState, ReviewRoundState, TransferReason, TransferState } from "../gql/graphql";
import { yuan } from "./format";

/* Words of a penalty case, in those of docs/glossary.md and the forms. */

export const PENALTY_KIND: Record<CasePenaltyKind, string> = {
  WARNING: "警告、通报批评",
  FINE: "罚款",
  CONFISCATION: "没收违法所得、非法财物",
  LICENCE_SUSPENSION: "暂扣许可证件、降低资质等级",
  LICENCE_REVOCATION: "吊销许可证件",
  CLOSURE: "责令停产停业、关闭、限制从业",
};

/** Kinds of a penalty with the amount beside the fine. */
export function penaltyText(kinds: CasePenaltyKind[], fine: string): string {
  return kinds.map((one) => (one === "FINE" ? `罚款 ${yuan(fine)}` : PENALTY_KIND[one])).join("、") || "—";
}

export const CASE_DELIVERY: Record<CaseDelivery, string> = {
  IN_PERSON: "直接送达",
  LEFT: "留置送达",
  POST: "邮寄送达",
  ELECTRONIC: "电子送达（须有签名同意）",
  PUBLIC_NOTICE: "公告送达",
};

export const OFFENDER: Record<OffenderKind, string> = { BODY: "单位", PERSON: "自然人" };

export const OFFENDER_ROLE: Record<OffenderRole, string> = {
  OPERATOR: "个体工商户经营者",
  INVESTOR: "个人经营的投资人",
  PRINCIPAL: "主要负责人",
  SAFETY_MANAGER: "安全生产管理人员",
  IN_CHARGE: "直接负责的主管人员",
  DIRECTLY_RESPONSIBLE: "其他直接责任人员",
};

export const IDENTITY_DOCUMENT: Record<IdentityDocumentKind, string> = { RESIDENT_ID: "居民身份证", OTHER: "其他有效证件" };

export const FILE_PIECE: Record<CaseFilePiece, string> = {
  FILING: "立案记录",
  FILING_SHEET: "立案审批表",
  INVESTIGATORS: "承办人",
  EVIDENCE: "证据",
  REPORT: "调查终结报告",
  LEGAL_REVIEW: "法制审核意见",
  NOTICE: "处罚告知书",
  NOTICE_SERVICE: "告知书送达回证",
  DEFENCE_ANSWER: "陈述申辩复核意见",
  HEARING_NOTICE: "听证通知书",
  HEARING_RECORD: "听证笔录",
  COLLECTIVE_DISCUSSION: "集体讨论记录",
  DECISION: "处罚决定书",
  DECISION_SERVICE: "决定书送达回证",
  PUBLICATION: "公示记录",
  EXECUTION: "执行情况",
  CLOSING_REPORT: "结案审批表",
  TRANSFER_LETTER: "移送函",
};

export const DOCUMENT_KIND: Record<DocumentKind, string> = {
  INSPECTION_RECORD: "现场检查记录",
  CORRECTION_ORDER: "责令限期整改指令书",
  REINSPECTION_OPINION: "整改复查意见书",
  CASE_FILING: "立案审批表",
  PENALTY_NOTICE: "行政处罚告知书",
  HEARING_NOTICE: "听证通知书",
  PENALTY_DECISION: "行政处罚决定书",
  SERVICE_RECEIPT: "送达回证",
  CLOSING_REPORT: "结案审批表",
  TRANSFER_LETTER: "案件移送函",
  PLATE: "责任牌",
  SUPERVISION_NOTICE: "挂牌督办通知书",
  PLAN_NOTICE: "联合检查通知书",
};

export const TRANSFER_STATE: Record<TransferState, string> = {
  OWED: "应移送",
  SENT: "已移送",
  ACCEPTED: "已接收",
  RETURNED: "已退回",
  DISPUTED: "管辖争议",
  DESIGNATED: "已指定管辖",
};

export const TRANSFER_REASON: Record<TransferReason, string> = {
  NO_POWER: "本机关没有处罚权",
  FILED_ELSEWHERE: "其他机关已先立案",
  NOT_IN_CHARGE: "不属本机关管辖",
};

/** The clocks of a case by their rule; a rule that is not here shows its article. */
export const CASE_CLOCK: Record<string, string> = {
  DECIDE: "作出决定",
  EVID_REG: "处理先行登记保存的证据",
  HEAR_REQ: "要求听证",
  HEAR_NOTICE: "通知听证",
  SERVE: "送达决定书",
  PUB_PENALTY: "公示处罚决定",
  WITHDRAW: "撤下公示",
  FINE_PAY: "缴纳罚款",
  CASE_DEFENCE: "陈述申辩",
  NO_CODE_FILE: "无码检查备案",
  URGENT_APPROVAL: "即时检查补批",
  RECTIFY: "整改",
  REINSPECT: "复查",
};

/* 案卷评查 */

export const REVIEW_ROUND_STATE: Record<ReviewRoundState, string> = { COMMITTED: "名单已锁定", DRAWN: "已抽取", VOID: "已作废" };

export const REVIEWED_FILE_STATE: Record<ReviewedFileState, string> = {
  DRAWN: "待评查",
  SCORED_ONCE: "已有一人评分",
  SPLIT: "分差过大，待第三人",
  RESULT: "已出结果",
  OBJECTED: "有异议",
  OWED: "待整改",
  CORRECTED: "待验收",
  CLOSED: "评查结束",
  EXCLUDED: "不再评查",
};

export const CASE_FILE_GRADE: Record<CaseFileGrade, string> = { EXCELLENT: "优秀", GOOD: "良好", QUALIFIED: "合格", UNQUALIFIED: "不合格" };
