/* Settings in Chinese: the name, and what it means.  A key that is not here shows itself and the
   API's own description; a test compares the keys with those of the service. */
const NAMED: Record<string, readonly [name: string, means: string]> = {
  "inspection.max_visits_per_year": ["每家企业每年检查次数上限", "一家企业一年内接受行政检查的次数，线索核查、即时检查等豁免的不计"],
  "inspection.max_visits_per_body": ["每家企业每个机关每年检查次数上限", "一家企业一年内由同一机关列名的检查次数"],
  "inspection.min_gap_days": ["两次检查的最短间隔", "同一场所两次检查之间的天数，豁免的不计"],
  "inspection.max_minutes": ["一次检查的最长时间", "对一个场所的一次检查最长多久"],
  "inspection.offline_hours": ["离线记录最迟上传时间", "现场离线作的记录，多久以内仍可上传"],
  "inspection.low_yield_visits": ["低效检查预警次数", "同一执法人员一年内对同一企业检查几次都没有发现问题时预警"],
  "inspection.notice_days": ["临近日程不再变动的天数", "已通知的检查在这么多天以内的，不为紧急检查让路"],
  "inspection.ratings_minimum": ["显示评价的最少份数", "一个季度内对一个机关的评价少于这个数的不显示，以免认出评价人"],
  "training.card_warning_days": ["执法证到期提醒", "执法证到期前多少天提醒本人，可以几次"],
  "post_card.validity_days": ["清单和卡的有效期", "两单两卡的一个版本有效多久"],
  "post_card.pass_mark": ["测验及格线", "答对百分之多少算通过"],
  "duty.event_window_hours": ["须到场的时段", "重要节点、险情等事项前后多少小时内须到场"],
  "assessment.schedule": ["风险研判的周期", "多久召开一次风险研判"],
  "assessment.inducing_days": ["诱因变化后的研判期限", "重大诱发因素变化后多少天内召开研判"],
  "duty.checkin_radius_m": ["到场定位半径", "离场所超过这个距离的到场记录会标明较远"],
  "duty.checkin_grace_hours": ["离线到场记录的宽限", "离线登记的到场多久以内上传仍计入履职"],
  "duty.month_warning_days": ["每月履职提醒", "月底前多少天提醒还没有检查指导的责任人，可以几次"],
  "duty.half_warning_days": ["半年覆盖提醒", "六月三十日、十二月三十一日前多少天提醒还没有到过的场所，可以几次"],
  "hazard.recurrence_days": ["重复隐患认定期", "同一场所同类隐患在这段时间内再次出现的，算重复"],
  "hazard.extensions_max": ["隐患延期次数上限", "一条隐患的整改期限最多延长几次"],
  "hazard.ranking_days": ["隐患排行的天数", "每晚的隐患类别排行往前统计多少天"],
  "risk.review_days": ["风险点复评周期", "风险点的评价有效多久"],
  "risk.control_days_red": ["红色风险管控检查间隔", "各级管控两次检查之间最长多少天，最低一级在最后"],
  "risk.control_days_orange": ["橙色风险管控检查间隔", "各级管控两次检查之间最长多少天，最低一级在最后"],
  "risk.control_days_yellow": ["黄色风险管控检查间隔", "各级管控两次检查之间最长多少天，最低一级在最后"],
  "risk.control_days_blue": ["蓝色风险管控检查间隔", "各级管控两次检查之间最长多少天，最低一级在最后"],
  "routine_check.late_days": ["自查补查宽限", "日周月自查过期多少天以内算补查，以后算漏查"],
  "register.file_days": ["名录文件保存期限", "导入和导出的文件多久以后删除"],
  "supervision.escalate_workdays": ["逾期挂牌升级期限", "挂牌逾期多久仍未整改即自动提请升级，0 为人工升级"],
  "supervision.publish_workdays": ["挂牌督办公布期限", "挂牌和摘牌后多久以内公布"],
  "supervision.extension_request_workdays": ["申请延期的提前期", "到期前多久须提出延期申请"],
  "supervision.extension_answer_workdays": ["延期申请答复期限", "收到延期申请后多久以内答复"],
  "supervision.term_months": ["挂牌督办最长期限", "连同延期在内最长多久"],
  "supervision.town_lists": ["镇街决定科级挂牌", "最低一级（科级）的挂牌由镇街自己决定"],
  "supervision.officials_named": ["公布督办责任人", "区级公示页写明挂牌的责任人姓名"],
  "certificate.warning_days": ["证照到期提醒", "证照到期前多少天提醒持证人，可以几次"],
  "asset.warning_days": ["设备检验到期提醒", "设备下次检验前多少天提醒，可以几次"],
  "publication.confirm_hours": ["订阅单位确认移出的时限", "公示移出后，订阅单位多久以内须确认已从自己的副本移出"],
  "publication.silence_hours": ["订阅单位失联预警时限", "订阅单位多久没有消息，就认为它的副本已经过时"],
  "report.handle_days": ["举报办理期限", "受理的 12350 举报多久以内办结"],
  "report.extension_days": ["举报办理延期", "办理期限可以延长一次，延长多久"],
  "evidence.retention_years": ["案件证据保存年限", "案件办结后证据保存多久"],
  "evidence.visit_retention_years": ["检查证据保存年限", "没有立案的检查，证据固化后保存多久"],
  "evidence.quota_gib": ["证据空间", "本镇街的证据最多占多大空间"],
  "evidence.scan_required": ["证据须通过查毒", "没有查毒通过的证据不固化"],
  "documents.number_wording": ["文书编号格式", "大括号里可以用 place（地名代字）、line（条线）、kind（种类）、year（年）、number（序号）"],
  "documents.place": ["文书地名代字", "文书编号里的地名，空着用镇街名称"],
  "contact.office": ["联系单位", "通知书上公众可以联系的单位"],
  "contact.phone": ["举报电话", "公众可以拨打的电话"],
  "display.language": ["通知语言", "通知和消息用的语言"],
};

const RISKS: Record<string, string> = { red: "红色", orange: "橙色", yellow: "黄色", blue: "蓝色" };
const SCALES: Record<string, string> = { micro: "微型", small: "小型", medium: "中型", large: "大型" };

function named(key: string): readonly [string, string] | undefined {
  const tier = /^tier\.(\w+)_(\w+)$/.exec(key);
  if (!tier) return NAMED[key];
  const words = `${RISKS[tier[1]!] ?? tier[1]}风险的${SCALES[tier[2]!] ?? tier[2]}企业`;
  return [`${words}的监管等级`, `${words}定为第几级监管，一级最严`];
}

export const settingName = (key: string): string => named(key)?.[0] ?? key;
export const settingMeans = (key: string): string | undefined => named(key)?.[1];

/** Where a default comes from, where the API says so in English. */
export function settingSource(source: string): string {
  const known: [RegExp, string][] = [
    [/^practice$/, "惯例，不是法定数字"],
    [/^practice in Qingdao, 2012$/, "青岛 2012 年的做法，不是法定数字"],
    [/^practice in Chengdu$/, "成都的做法，不是法定数字"],
    [/^practice in Shandong$/, "山东的做法，不是法定数字"],
    [/^国办发〔2024〕54号: each authority publishes a cap; 4 is practice in Ningxia$/, "国办发〔2024〕54号：各机关公布上限；4 次是宁夏的做法"],
    [/^国办发〔2024〕54号: each authority publishes a cap; 2 is practice$/, "国办发〔2024〕54号：各机关公布上限；2 次是惯例"],
    [/^the tenant's archive rules/, "档案管理规定（行政处罚法第四十七条要求归档保存）"],
    [/^practice; after repair publishing and sharing stop/, "惯例；信用修复后停止公示和共享（《信用修复管理办法》）"],
    [/^a signed snapshot is valid for 26 hours$/, "签名快照的有效期是 26 小时"],
    [/^安全生产法 art\. 73$/, "安全生产法第七十三条"],
  ];
  return known.find(([form]) => form.test(source))?.[1] ?? source;
}

const GROUPS: readonly (readonly [prefix: string, name: string])[] = [
  ["inspection", "执法检查"],
  ["hazard", "隐患"],
  ["risk", "风险管控"],
  ["tier", "分级监管"],
  ["routine_check", "日周月自查"],
  ["supervision", "挂牌督办"],
  ["duty", "履职"],
  ["assessment", "风险研判"],
  ["training", "培训与证件"],
  ["certificate", "培训与证件"],
  ["post_card", "两单两卡"],
  ["report", "举报"],
  ["evidence", "证据"],
  ["publication", "公示"],
  ["asset", "设备与证照"],
  ["documents", "文书"],
  ["contact", "联系与显示"],
  ["display", "联系与显示"],
];

/** Settings in groups, in the order of the table; a prefix that is not in it comes last. */
export function settingGroups<T extends { key: string }>(settings: T[]): [string, T[]][] {
  const found = new Map<string, T[]>(GROUPS.map(([, name]) => [name, []]));
  for (const one of settings) {
    const name = GROUPS.find(([prefix]) => one.key.startsWith(`${prefix}.`))?.[1] ?? "其他";
    found.set(name, [...(found.get(name) ?? []), one]);
  }
  return [...found].filter(([, all]) => all.length > 0);
}

const CHOICES: Record<string, string> = { MONTH: "每月", QUARTER: "每季度", HALF: "每半年", YEAR: "每年", "zh-CN": "中文", en: "英文" };
export const choiceName = (value: string): string => CHOICES[value] ?? value;

/** A value in words, without its unit. */
export function valueText(value: unknown): string {
  if (value === true) return "是";
  if (value === false) return "否";
  if (Array.isArray(value)) return value.join("、") || "（空）";
  return value === null || value === "" || value === undefined ? "（空）" : choiceName(String(value));
}

const UNIT: Record<string, string> = {
  days: "天",
  day: "天",
  "calendar days": "天",
  hours: "小时",
  years: "年",
  months: "个月",
  minutes: "分钟",
  visits: "次",
  times: "次",
  ratings: "份",
  percent: "%",
  metres: "米",
  tier: "级",
  "working days": "个工作日",
  workdays: "个工作日",
};

export function unit(given: string): string {
  return UNIT[given] ?? given;
}
