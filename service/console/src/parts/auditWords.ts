/* Acts, actors and objects of the audit chain.  The codes are what is hashed, so they stay; the words
   before them say to which area an act belongs and who acted. */

const AREAS: Record<string, string> = {
  accidents: "事故",
  administration: "设置与管理",
  assessments: "风险研判",
  assets: "设备",
  blacklist: "失信",
  case_reviews: "案卷评查",
  cases: "案件",
  documents: "文书",
  draws: "随机抽取",
  duties: "职责",
  evidence: "证据",
  guidance: "检查指导",
  hazards: "隐患",
  identity: "账号",
  idempotency: "提交",
  indicators: "指标",
  inspections: "执法检查",
  joint: "联合检查",
  law: "法定规则",
  officers: "执法人员",
  outbox: "后台任务",
  overview: "统计",
  post_cards: "两单两卡",
  powers: "执法职权",
  publication: "公示",
  receipts: "查阅",
  register: "企业台账",
  reports: "举报",
  responsibility: "责任牌",
  risks: "风险点",
  routine_checks: "自查",
  standardisation: "标准化",
  supervision: "挂牌督办",
  town_maps: "底图",
  training: "培训",
  webhooks: "回调",
  consumers: "订阅单位",
  deadlines: "期限",
};

const OBJECTS: Record<string, string> = {
  Accident: "事故",
  Enterprise: "企业（未闭环隐患）",
  Evidence: "证据",
  Hazard: "隐患",
};

const ACTORS: Record<string, string> = { account: "账号", task: "后台任务", app: "应用", operator: "运维人员", public: "公众" };

/** The area of an act such as `hazards.closed`. */
export const auditArea = (act: string): string => AREAS[act.split(".")[0] ?? ""] ?? "其他";

/** Who acted: `account:…`, `task:…`. */
export const auditActor = (actor: string): string => ACTORS[actor.split(":")[0] ?? ""] ?? "";

/** What was read: `Hazard:…`. */
export const receiptObject = (subject: string): string => OBJECTS[subject.split(":")[0] ?? ""] ?? "文件";
