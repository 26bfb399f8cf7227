/* What the API refuses, in the words of the person before the screen.  Every code of the schema and
   of the service stands here; a test compares them.  The API's own message is English and names the
   detail: what is common among those is said in Chinese too, the rest stays behind a fold. */

export const REFUSALS: Record<string, string> = {
  FORBIDDEN: "您的角色无权这样做",
  NOT_FOUND: "没有找到，或不在您的范围内",
  CONFLICT: "与现状冲突，请刷新后再看",
  WRONG_STATE: "现在的状态不能做这一步，请刷新后再看",
  INVALID: "填写有误",
  REFUSED: "系统没有接受",
  UNAVAILABLE: "所需的服务暂时连接不上，请稍后重试",
  INTERNAL: "系统内部错误，已记录",
  UNAUTHENTICATED: "请先登录",
  SIGN_IN_FAILED: "账号或密码不对",
  ACCOUNT_SUSPENDED: "账号已停用，请联系管理员",
  TOKEN_MALFORMED: "登录凭证无效，请重新登录",
  TOKEN_UNKNOWN: "登录凭证无效，请重新登录",
  TOKEN_EXPIRED: "登录已过期，请重新登录",
  TOKEN_REVOKED: "登录已注销，请重新登录",
  OIDC_FAILED: "统一身份认证没有成功，请重试",
  RATE_LIMITED: "操作过于频繁，请稍后再试",
  TIMEOUT: "查询用时过长，请缩小范围再试",
  SYNTAX: "请求的写法有误",
  OPERATION: "请求的写法有误",
  SCHEMA: "请求的写法有误",
  IDEMPOTENCY_KEY: "提交编号有误，请重新打开表单再提交",
  BUDGET_EXHAUSTED: "查询用量已达上限，请稍后再试",
  IDEMPOTENCY_KEY_REUSED: "这次提交与先前的一次重号，请重新填写后再提交",
  CURSOR: "翻页位置无效，请从第一页看起",
  CURSOR_EXPIRED: "翻页位置已过期，请从第一页看起",
  TOO_MANY_TENANTS: "一次涉及的镇街过多，请分几次",
  NO_RULE_IN_FORCE: "事件当日没有有效的规则",
  YEAR_NOT_PUBLISHED: "该年度的工作日历尚未公布",
  SAME_PERSON: "不能由同一个人办理，须换一个人",
  NOT_AN_ENFORCEMENT_BODY: "只有执法机关可以做这一步",
  NO_POWER: "本机关没有这个事项的执法权",
  TEAM_TOO_SMALL: "执法人员不得少于两人",
  TOO_SOON: "法定期限未到，还不能做这一步",
  DAY_OFF: "所选日期不是工作日，须当事人同意",
  TERM_TOO_LONG: "整改期限过长，或者没有写明理由",
  TOO_LATE: "已过可以办理的时间",
  TOO_OFTEN: "次数已达上限",
  TOO_EARLY: "还没有到可以办理的时间",
  TOO_SELDOM: "间隔过长，低于规定的频次",
  NOTHING_ASKED: "没有待答复的申请",
  NOT_THE_PARTYS: "当事人自己不能做这一步",
  REPORTS_OWED: "重大隐患须先完成报告",
  CONDITIONS_MISSING: "“五落实”还不齐全",
  LEVEL_MISSING: "管控层级不齐全",
  NOT_THE_DECIDER: "只有决定挂牌的机关可以做这一步",
  NO_HIGHER_LEVEL: "已是最高级别，不能再升级",
  NOT_DECIDING_BODY: "只有作出处罚决定的机关可以做这一步",
  NOT_EXECUTING_BODY: "只有执行惩戒措施的单位可以做这一步",
  DEFENCE_STILL_OPEN: "陈述申辩期尚未届满",
  DEFENCE_UNANSWERED: "须先对陈述申辩作出答复",
  HEARING_OWED: "当事人要求听证，须先举行听证",
  REPAIR_TOO_EARLY: "还没有到可以申请信用修复的时间",
  NO_CONSENT: "电子送达须有当事人签名同意",
  NO_CONSENT_TO_ELECTRONIC_DELIVERY: "电子送达须有当事人签名同意",
  NO_HEARING: "这类处罚不适用听证",
  ALREADY_FINED: "同一违法行为已被罚款，不得再罚",
  COLLECTIVE_DISCUSSION_MISSING: "重大处罚须先经集体讨论",
  HEAVIER_THAN_NOTICED: "处罚重于告知的内容，须重新告知",
  NOT_SIMPLE: "不符合当场处罚（简易程序）的条件",
  TIME_BARRED: "违法行为已过追究时效",
  NOT_PAID: "罚款尚未缴清",
  CODE_SHOWN: "已出示执法码，不能以无码为由拒绝",
  OPEN_ITEMS: "还有事项没有检查结果或没有处理",
  EVIDENCE_STATE: "这份证据现在的状态不能这样做",
  MEDIA_TYPE_NOT_ACCEPTED: "不接受这种文件类型",
  FILE_TOO_LARGE: "文件过大",
  TOO_LARGE: "文件过大",
  QUOTA_EXCEEDED: "证据空间已满，请联系管理员",
  PARTS_MISSING: "文件还没有传完，请继续上传",
  STORE_UNAVAILABLE: "存储暂时不可用，请稍后重试",
  STORE_AWAY: "存储暂时不可用，请稍后重试",
  UNREADABLE_SHEET: "表格无法读取，请用模板填写后再传",
  HAS_REFUSED_ROWS: "表格里还有错误的行，改正后再导入",
  FIELDS_MISSING: "缺少必须写明的内容",
  TEMPLATE_REFUSED: "模板排不出版，请按提示改正",
  CONFLICT_OF_INTEREST: "与案件有利害关系，须回避",
  ALREADY_REVIEWED: "已经评查过，不能重复评查",
  NOT_READ: "须先说明目的、查阅案卷后再评分",
  OUTSIDE_DISCRETION: "罚款超出裁量基准，须写明情节或理由",
  MAP_REFUSED: "地图不合要求，请按提示改正后再传",
  OUT_OF_OFFICE: "此人当日不在任",
  WRONG_PERSON: "此人不能担任这个角色",
  NOT_GUIDANCE: "这不是检查指导，请按执法检查登记",
  NOT_YOURS: "这不是本单位的职责",
  ALREADY_FILLED: "已经填过，不能重复填报",
  NOT_YET_DUE: "还没有到填报的时间",
  ACTIONS_OPEN: "研判的措施还没有全部完成",
  TAINTED: "这个指标来自处罚或检查数量，法律不允许计分",
  ENDED: "已经终止，不能再办理",
  RETIRED: "设备已停用",
  WITHDRAWN: "已撤回，不能再办理",
  SCORE_TOO_LOW: "得分低于这个等级的要求",
  OUT_OF_DATE: "版本已过期，请先更新",
  NO_QUIZ: "这张卡没有测验题",
  SUPPLEMENT_TOO_LATE: "已过补报期限",
};

/** What a refusal says, by its code. */
export function refusalText(refusal: { code: string }): string {
  return REFUSALS[refusal.code] ?? REFUSALS.REFUSED!;
}

/* The details that the API writes most, each in its one wording (`service/texts.py` and like). */
const DETAILS: [RegExp, string][] = [
  [/must not exceed (\d+) characters/, "最多 $1 个字"],
  [/must not be empty$/, "不能空着"],
  [/has (\d+) to (\d+) characters/, "须有 $1 至 $2 个字"],
  [/in (\d+) to (\d+) characters/, "须有 $1 至 $2 个字"],
  [/\b(\d+) to (\d+) characters/, "须有 $1 至 $2 个字"],
  [/at least (\d+) characters/, "至少 $1 个字"],
  [/at most (\d+) characters/, "最多 $1 个字"],
  [/cannot change before today \((\d{4}-\d{2}-\d{2})\)/, "生效日期不能早于今天（$1）"],
  [/must not lie in the future/, "日期不能晚于今天"],
  [/lies in the future/, "日期不能晚于今天"],
  [/in the past/, "日期不能早于今天"],
  [/must be a whole number from (-?\d+) to (-?\d+)/, "须为 $1 到 $2 的整数"],
  [/from (-?\d+) to (-?\d+)$/, "须在 $1 到 $2 之间"],
  [/somebody (?:has just )?(?:saved|changed)|changed at the same moment/, "别人刚刚改过，请刷新后再办"],
  [/name at least one setting/, "请至少改动一项"],
  [/takes (\d+) to (\d+) characters/, "须有 $1 至 $2 个字"],
  [/ends before it begins/, "结束日期早于开始日期"],
  [/(?:say why|give (?:the|a) reason)/, "请写明理由"],
  [/\{(\w*)\} is no field of this document/, "文书里没有 {$1} 这个字段"],
  [/cannot be printed/, "含有无法打印的字符"],
  [/check (?:digit|character)/, "校验位不对"],
  [/another officer in office holds this card number/, "另一名在任人员已用这个证号"],
  [/this officer left office on (\d{4}-\d{2}-\d{2})/, "此人已于 $1 离任，再来时须重新任命"],
  [/last day of a card that is valid today, at most (\d+) years/, "执法证须在今天仍有效，有效期最长 $1 年"],
  [/the officer serves this body already/, "此人已在这个机关"],
  [/its own officers/, "只能办理本机关的执法人员"],
  [/a base lies on Earth/, "纬度须在 -90 到 90 之间，经度须在 -180 到 180 之间"],
  [/latitude and longitude together/, "纬度和经度要一起填"],
  [/only a department of the district transfers/, "跨镇街调动由区级部门办理；也可以在这里离任，由对方任命"],
  [/this team cannot go: TOO_FEW_OFFICERS/, "这些人里当天能去的不足两人（离任、证件到期或请假）"],
  [/this team cannot go: NO_LEAD_OFFICER/, "当天能去的人里没有牵头机关的人"],
  [/this team cannot go: SKILL_MISSING/, "当天能去的人里没有人具备检查所需的专业"],
  [/an officer of the team is at another visit at that time/, "有人同一时间在另一次检查"],
  [/name up to (\d+) officers, each once/, "最多 $1 人，每人一次"],
  [/only the lead body chooses the team/, "只有牵头机关可以换人"],
  [/the team of this visit is settled/, "这次检查已经开始或结束，不能再换人"],
  [/an officer of this team is not in your sight/, "有的人员不在您的范围内"],
];

/** The detail of an English message in Chinese, where its wording is one that is known. */
export function detailText(message: string): string | null {
  for (const [form, words] of DETAILS) {
    const found = form.exec(message);
    if (found) return words.replace(/\$(\d)/g, (_, at: string) => found[Number(at)] ?? "");
  }
  return null;
}

/** One line: what was refused, and the detail where it is known in Chinese. */
export function refusalLine(refusal: { code: string; message: string }): string {
  const detail = detailText(refusal.message);
  return detail ? `${refusalText(refusal)}：${detail}` : refusalText(refusal);
}

/** The line of a refusal, or what to say where there was no answer at all. */
export function refusedOr(refusal: { code: string; message: string } | undefined, otherwise: string): string {
  return refusal ? refusalLine(refusal) : otherwise;
}
