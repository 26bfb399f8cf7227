import type {
  AssetStanding,
  ConformityLevel,
  DuplicateReason,
  StandardisationState,
  CaseState,
  CaseStep,
  CodeVerdict,
  DeadlineState,
  DeadlineSubject,
  InspectionItemResult,
  InspectionKind,
  InspectionState,
  InspectionStep,
  IndicatorKind,
  PlateState,
  ResponsibilityHoleKind,
  ResponsibilitySlot,
  RoutineCheckState,
  RoutineKind,
  EnterpriseScale,
  SupervisionLevel,
  SupervisionState,
  SupervisionStep,
  SupervisionTier,
  BlacklistState,
  BlacklistStep,
  ControlLevel,
  CustodyAct,
  DemandKind,
  DemandState,
  DocumentDelivery,
  EnterpriseStatus,
  EvidenceKind,
  EvidenceReason,
  EvidenceScan,
  EvidenceState,
  EvidenceSubjectKind,
  GrantState,
  HazardCategory,
  HazardGrade,
  HazardSource,
  HazardState,
  HazardStep,
  JobState,
  JointPlanState,
  JointVisitState,
  LogConsumerLag,
  PublicationClass,
  RiskColour,
  RiskPointState,
  Role,
  TeamShortage,
  WebhookDeliveryState,
  WebhookDisabledReason,
  WebhookEndpointState,
} from "../gql/graphql";

/* Every value of the schema's enums in the words of docs/glossary.md.  A value that the schema
   gains is missing here at compile time, not on the screen. */

export const ROLE: Record<Role, string> = {
  TENANT_ADMIN: "镇街管理员",
  INSPECTOR: "执法人员",
  COMMITTEE: "区专委办",
  DEPARTMENT: "区级部门",
  ENTERPRISE: "企业",
  APP: "第三方应用",
  PUBLIC: "公众",
  OPERATOR: "运维人员",
};

export const LOG_CONSUMER_LAG: Record<LogConsumerLag, string> = {
  OTHER_LOG: "所见日志与本站不符",
  REMOVAL_UNCONFIRMED: "逾期未确认移出",
  SILENT: "失联",
};

export const RISK: Record<RiskColour, string> = { RED: "红", ORANGE: "橙", YELLOW: "黄", BLUE: "蓝" };

export const ENTERPRISE_STATUS: Record<EnterpriseStatus, string> = {
  OPERATING: "在营",
  SUSPENDED: "停业",
  CLOSED: "注销",
};

export const HAZARD_STATE: Record<HazardState, string> = {
  FOUND: "待定级",
  GRADED: "待交办",
  ASSIGNED: "待整改",
  RECTIFYING: "整改中",
  SELF_CHECKED: "待复核",
  VERIFIED: "待销号",
  CLOSED: "已销号",
  OVERDUE: "已逾期",
  SUPERVISED: "挂牌督办",
  DISMISSED: "认定不是隐患",
  MERGED: "已并案",
};

export const HAZARD_STEP: Record<HazardStep, string> = {
  GRADE: "定级",
  ASSIGN: "交办",
  PLAN: "整改方案",
  SUBMIT: "报告整改完成",
  VERIFY: "复核通过",
  REJECT: "复核不通过",
  CLOSE: "销号",
  FALL_OVERDUE: "逾期",
  SUPERVISE: "挂牌督办",
  ASK_EXTENSION: "申请延期",
  EXTEND: "同意延期",
  DENY_EXTENSION: "不同意延期",
  ASK_DISMISSAL: "申请认定不是隐患",
  DISMISS: "认定不是隐患",
  KEEP: "仍是隐患",
  MERGE: "并案",
  TRANSFER: "移送",
};

export const HAZARD_GRADE: Record<HazardGrade, string> = { GENERAL: "一般隐患", MAJOR: "重大隐患" };

export const HAZARD_CATEGORY: Record<HazardCategory, string> = {
  MANAGEMENT: "安全管理",
  FIRE: "消防",
  ELECTRICAL: "用电",
  GAS: "燃气",
  SPECIAL_EQUIPMENT: "特种设备",
  HAZARDOUS_CHEMICALS: "危险化学品",
  AMMONIA: "涉氨制冷",
  CONFINED_SPACE: "有限空间",
  DUST: "粉尘",
  CONSTRUCTION: "施工装修",
  OTHER: "其他",
};

export const HAZARD_SOURCE: Record<HazardSource, string> = {
  SELF_CHECK: "企业自查",
  CONTROL_FAILURE: "管控措施失效",
  INSPECTION: "执法检查",
  GUIDANCE: "检查指导",
  CLUE: "线索核查",
};

export const RISK_POINT_STATE: Record<RiskPointState, string> = {
  IDENTIFIED: "已辨识",
  EVALUATED: "已评价",
  GRADED: "已定级",
  CONTROLLED: "管控中",
  REVIEW_DUE: "待复评",
};

export const CONTROL_LEVEL: Record<ControlLevel, string> = { L1: "公司级", L2: "部门级", L3: "班组级" };

export const EVIDENCE_STATE: Record<EvidenceState, string> = {
  PENDING: "待上传",
  UPLOADED: "已上传",
  VERIFYING: "校验中",
  SEALED: "已固化",
  QUARANTINED: "已隔离",
  ABANDONED: "已放弃",
  DESTROYED: "已销毁",
};

export const EVIDENCE_KIND: Record<EvidenceKind, string> = { PHOTO: "照片", DOCUMENT: "文书", VIDEO: "视频", AUDIO: "录音" };

export const EVIDENCE_SCAN: Record<EvidenceScan, string> = { UNSCANNED: "未查毒", CLEAN: "查毒通过", INFECTED: "有病毒" };

export const EVIDENCE_REASON: Record<EvidenceReason, string> = {
  LENGTH_DIFFERS: "长度与申报不符",
  DIGEST_DIFFERS: "摘要与申报不符",
  TYPE_DIFFERS: "类型与申报不符",
  UNREADABLE: "无法读取",
  TOO_COMPLEX: "过于复杂",
  POLYGLOT: "一个文件冒充多种类型",
  ACTIVE_CONTENT: "含可执行内容",
  ENCRYPTED: "已加密",
  INFECTED: "有病毒",
};

export const EVIDENCE_SUBJECT: Record<EvidenceSubjectKind, string> = {
  VISIT: "检查",
  CASE: "案件",
  BLACKLIST_CASE: "失信案件",
};

export const CUSTODY_ACT: Record<CustodyAct, string> = {
  DECLARED: "申报",
  UPLOADED: "上传完毕",
  SEALED: "固化",
  QUARANTINED: "隔离",
  ABANDONED: "放弃",
  ACCESSED: "查看",
  BUNDLED: "导出证据包",
  BLURRED: "制作公开副本",
  DESTROYED: "销毁",
  HELD: "保全",
  RELEASED: "解除保全",
  STAMPED: "加盖时间戳",
};

export const PUBLICATION: Record<PublicationClass, string> = {
  PENALTY_PUBLICITY: "行政处罚公示",
  SERIOUS_DISHONESTY: "严重失信主体名单",
  MEDIA_EXPOSURE: "典型案例曝光",
};

export const BLACKLIST_STATE: Record<BlacklistState, string> = {
  PROPOSED: "已提请",
  CLASSIFIED: "已分类",
  NOTICE_SERVED: "已告知",
  DEFENCE_OPEN: "陈述申辩期",
  HEARD: "已听证",
  DECIDED: "已决定",
  SERVED: "已送达",
  PUBLISHED: "公示中",
  CORRECTED: "已更正",
  SUSPENDED: "暂停公示",
  REPAIR_REQUESTED: "已申请修复",
  REPAIR_ACCEPTED: "已受理修复",
  REPAIRED: "已修复",
  WITHDRAWN: "已撤下",
  EXPIRED: "已到期",
  REJECTED: "不予列入",
  DROPPED: "已撤回",
};

export const BLACKLIST_STEP: Record<BlacklistStep, string> = {
  CLASSIFY: "分类",
  REJECT: "不予列入",
  DROP: "撤回提请",
  SERVE_NOTICE: "送达事先告知",
  RECORD_DEFENCE: "记录陈述申辩",
  HEAR: "听证",
  DECIDE: "作出决定",
  SERVE_DECISION: "送达决定",
  PUBLISH: "公示",
  CORRECT: "更正",
  SUSPEND: "暂停公示",
  RESUME: "恢复公示",
  REQUEST_REPAIR: "申请信用修复",
  ACCEPT_REPAIR: "受理修复申请",
  REFUSE_REPAIR: "不予受理修复",
  REPAIR: "准予修复",
  REINSTATE: "撤销修复、恢复列入",
  WITHDRAW: "撤下",
  EXPIRE: "到期移出",
};

export const DELIVERY: Record<DocumentDelivery, string> = {
  IN_PERSON: "直接送达",
  LEFT_AT_ADDRESS: "留置送达",
  POST: "邮寄送达",
  PUBLIC_NOTICE: "公告送达",
  ELECTRONIC: "电子送达",
};

export const DEMAND_KIND: Record<DemandKind, string> = {
  ROUTINE: "日常检查",
  SPECIAL: "专项检查",
  CLUE: "线索核查",
  INSTANT: "即时检查",
  REINSPECT: "复查",
};

export const DEMAND_STATE: Record<DemandState, string> = {
  SUBMITTED: "已提交",
  MATCHED: "已匹配",
  RESERVED: "已排期",
  CODED: "已赋码",
  DONE: "已完成",
  RELEASED: "已释放",
  EXPIRED: "已过期",
  RECOGNISED: "结果互认",
  WITHDRAWN: "已撤回",
};

export const PLAN_STATE: Record<JointPlanState, string> = {
  REQUESTED: "计算中",
  SOLVED: "待批准",
  PUBLISHED: "已发布",
  FAILED: "失败",
  CANCELLED: "已取消",
  RETURNED: "退回修改",
};

export const TEAM_SHORTAGE: Record<TeamShortage, string> = {
  TOO_FEW_OFFICERS: "能去的执法人员不足两人",
  NO_LEAD_OFFICER: "牵头机关没有人能去",
  SKILL_MISSING: "没有人具备检查所需的专业",
};

/* The lines that an officer may master: `service/officers/rules.py`; a test compares them. */
export const SKILL: Record<string, string> = {
  general: "综合",
  commerce: "商贸",
  fire: "消防",
  market: "市场监管",
  emergency: "应急管理",
  urban: "城市管理",
  gas: "燃气",
  special_equipment: "特种设备",
};

export const VISIT_STATE: Record<JointVisitState, string> = {
  PLANNED: "待发布",
  PUBLISHED: "待检查",
  DONE: "已完成",
  RELEASED: "已取消",
};

export const JOB_STATE: Record<JobState, string> = { QUEUED: "排队", RUNNING: "进行中", DONE: "完成", FAILED: "失败", CANCELLED: "已取消" };

export const GRANT_STATE: Record<GrantState, string> = { REQUESTED: "待审批", ACTIVE: "已授权", REFUSED: "已拒绝", REVOKED: "已撤销" };

export const WEBHOOK_ENDPOINT: Record<WebhookEndpointState, string> = { ENABLED: "启用", DISABLED: "停用" };

export const WEBHOOK_OFF: Record<WebhookDisabledReason, string> = { BY_HAND: "人工停用", GONE: "对方答复不再接收（410）", FAILING: "连续五天全部失败" };

export const WEBHOOK_DELIVERY: Record<WebhookDeliveryState, string> = { PENDING: "等待发送", DELIVERED: "已送达", FAILED: "发送失败", HELD: "暂存", WITHDRAWN: "授权已撤销" };

export const INSPECTION_KIND: Record<InspectionKind, string> = { ROUTINE: "日常检查", SPECIAL: "专项检查", CLUE: "线索核查", INSTANT: "即时检查" };

export const INSPECTION_STATE: Record<InspectionState, string> = {
  PLANNED: "待批准",
  TASK_APPROVED: "已批准",
  CODED: "已赋执法码",
  ON_SITE: "现场检查中",
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

export const INSPECTION_STEP: Record<InspectionStep, string> = {
  APPROVE: "批准",
  ISSUE_CODE: "生成执法码",
  GO_WITHOUT_CODE: "无码入企",
  REFUSE_VISIT: "登记拒绝检查",
  CHECK_IN: "到场",
  SIGN_RECORD: "笔录签字",
  NOTE_REFUSAL: "注明拒签",
  FIND_NOTHING: "未发现问题",
  ORDER_RECTIFICATION: "责令改正",
  FALL_DUE: "到期",
  REINSPECT: "复查",
  CLOSE: "闭环",
  FAIL: "复查不合格",
  FILE_CASE: "立案",
  CANCEL: "取消",
};

export const ITEM_RESULT: Record<InspectionItemResult, string> = { NOT_CHECKED: "未查", COMPLIANT: "符合", NOT_COMPLIANT: "不符合", NOT_APPLICABLE: "不适用" };

export const CODE_VERDICT: Record<CodeVerdict, string> = { VALID: "有效", EXPIRED: "已过期", NOT_OURS: "不是本系统的码", ENDED: "检查已结束" };

export const DEADLINE_STATE: Record<DeadlineState, string> = {
  RUNNING: "计时中",
  OVER: "已过期限",
  MET: "按期完成",
  MET_LATE: "逾期完成",
  UNKNOWN_YEAR: "工作日历未公布",
  DROPPED: "不再适用",
};

export const DEADLINE_SUBJECT: Record<DeadlineSubject, string> = { INSPECTION: "检查", CASE: "案件" };

export const ROUTINE_KIND: Record<RoutineKind, string> = { DAILY_TEAM: "班组日查", WEEKLY_DEPT: "部门周查", MONTHLY_MANAGER: "负责人月查" };

export const ROUTINE_STATE: Record<RoutineCheckState, string> = { DUE: "待查", DONE: "按时完成", LATE: "补查", MISSED: "漏查" };

export const SLOT: Record<ResponsibilitySlot, string> = { ADMIN_HEAD: "属地包保责任人", INDUSTRY_HEAD: "行业监管责任人", ENTERPRISE_HEAD: "企业主要负责人" };

export const PLATE_STATE: Record<PlateState, string> = { CURRENT: "现行", SUPERSEDED: "已更换", WITHDRAWN: "已撤下" };

export const HOLE: Record<ResponsibilityHoleKind, string> = { NO_PLATE: "没有责任牌", OUT_OF_OFFICE: "责任人已离任" };

export const INDICATOR_KIND: Record<IndicatorKind, string> = { SHARE: "比率", MEAN: "均值", COUNT: "件数" };

export const SUPERVISION_LEVEL: Record<SupervisionLevel, string> = { KE: "科级", CHU: "处级", TING: "厅级" };

export const SUPERVISION_STATE: Record<SupervisionState, string> = {
  PROPOSED: "待批准",
  APPROVED: "待挂牌",
  LISTED: "已挂牌",
  RECTIFYING: "整改中",
  EXTENSION_REQUESTED: "申请延期",
  SELF_ACCEPTED: "待核验",
  VERIFIED: "待摘牌",
  DELISTED: "已摘牌",
  OVERDUE: "已逾期",
  ESCALATED: "已升级",
  DECLINED: "未批准",
};

export const SUPERVISION_STEP: Record<SupervisionStep, string> = {
  APPROVE: "批准",
  DECLINE: "不批准",
  LIST: "挂牌",
  RECTIFY: "整改",
  ASK_EXTENSION: "申请延期",
  EXTEND: "同意延期",
  DENY_EXTENSION: "不同意延期",
  SELF_ACCEPT: "自验",
  RETURN: "退回",
  VERIFY: "核验",
  DELIST: "摘牌",
  FALL_OVERDUE: "逾期",
  ESCALATE: "升级",
};

export const SCALE: Record<EnterpriseScale, string> = { MICRO: "微型", SMALL: "小型", MEDIUM: "中型", LARGE: "大型" };

export const TIER: Record<SupervisionTier, string> = { FIRST: "一级", SECOND: "二级", THIRD: "三级", FOURTH: "四级" };

export const CASE_STATE: Record<CaseState, string> = {
  FILED: "已立案",
  INVESTIGATING: "调查中",
  LEGAL_REVIEW: "法制审核",
  REVIEWED: "已审核",
  NOTICE_SERVED: "已告知",
  DEFENCE: "陈述申辩期",
  HEARING_ASKED: "要求听证",
  HEARING: "听证中",
  HEARD: "已听证",
  DECIDED: "已决定",
  SERVED: "已送达",
  PUBLISHED: "已公示",
  EXECUTED: "已执行",
  CLOSED: "已结案",
  NO_PENALTY: "不予处罚",
  TRANSFERRED: "已移送",
  SUSPENDED: "中止",
  WITHDRAWN: "已撤销",
};

export const CASE_STEP: Record<CaseStep, string> = {
  ASSIGN: "指派承办人",
  REPORT: "调查终结",
  RETURN: "退回补充",
  PASS: "审核通过",
  SERVE_NOTICE: "送达告知书",
  DEFEND: "陈述申辩",
  ASK_HEARING: "要求听证",
  WAIVE_HEARING: "放弃听证",
  CALL_HEARING: "通知听证",
  HOLD_HEARING: "举行听证",
  DECIDE: "作出决定",
  DECIDE_ON_SPOT: "当场决定",
  SERVE: "送达决定书",
  PUBLISH: "公示",
  EXECUTE: "执行",
  CLOSE: "结案",
  SPARE: "不予处罚",
  TRANSFER: "移送",
  SUSPEND: "中止",
  RESUME: "恢复",
  ANNUL: "撤销",
};

export const GRADE: Record<number, string> = { 1: "一级", 2: "二级", 3: "三级" };

export const STANDARDISATION_STATE: Record<StandardisationState, string> = {
  APPLIED: "已申请",
  SELF_ASSESSED: "已自评",
  REVIEWED: "已评审",
  PUBLISHED: "公示中",
  GRANTED: "有效",
  EXPIRED: "已到期",
  REVOKED: "已撤销",
  WITHDRAWN: "已撤回",
};

export const CONFORMITY_LEVEL: Record<ConformityLevel, string> = { ENTERPRISE: "企业", DISCIPLINE: "专业", POST: "岗位" };

export const ASSET_STANDING: Record<AssetStanding, string> = { IN_DATE: "在有效期内", OVERDUE: "超期未检", UNFIT: "不合格", RETIRED: "已停用" };

export const DUPLICATE_REASON: Record<DuplicateReason, string> = {
  SAME_NUMBER: "原有号码相符",
  NEAR_NAME: "名称相近",
  SAME_ADDRESS: "地址相同",
  SAME_PHONE: "电话相同",
  SAME_PRINCIPAL: "负责人相同",
  SAME_SOUND: "名称同音",
};

/** Choices of a select, in the order of the table. */
export function options<K extends string>(table: Record<K, string>): { value: K; label: string }[] {
  return (Object.keys(table) as K[]).map((value) => ({ value, label: table[value] }));
}
