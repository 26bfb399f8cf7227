/* Names of settings in Chinese.  A key that is not here shows itself and the API's description. */
export const SETTING: Record<string, string> = {
  "inspection.max_visits_per_year": "每家企业每年检查次数上限",
  "inspection.max_visits_per_body": "每家企业每个机关每年检查次数上限",
  "inspection.min_gap_days": "两次检查的最短间隔",
  "inspection.max_minutes": "一次检查的最长时间",
  "inspection.offline_hours": "离线记录最迟上传时间",
  "inspection.low_yield_visits": "低效检查预警次数",
  "publication.confirm_hours": "订阅单位确认移出的时限",
  "publication.silence_hours": "订阅单位失联预警时限",
  "duty.event_window_hours": "履职事件时限",
  "hazard.recurrence_days": "重复隐患认定期",
  "risk.review_days": "风险点复评周期",
  "risk.control_days_red": "红色风险管控检查间隔",
  "risk.control_days_orange": "橙色风险管控检查间隔",
  "risk.control_days_yellow": "黄色风险管控检查间隔",
  "risk.control_days_blue": "蓝色风险管控检查间隔",
  "routine_check.late_days": "自查补查宽限",
  "supervision.publish_workdays": "挂牌督办公布期限",
  "supervision.extension_request_workdays": "申请延期的提前期",
  "supervision.extension_answer_workdays": "延期申请答复期限",
  "certificate.warning_days": "证照到期提醒",
  "asset.warning_days": "设备检验到期提醒",
  "report.handle_days": "举报办理期限",
  "report.extension_days": "举报办理延期",
  "evidence.retention_years": "证据保存年限",
  "evidence.scan_required": "证据须通过查毒",
  "documents.number_wording": "文书编号格式",
  "documents.place": "文书简称（地名代字）",
  "contact.office": "联系单位",
  "contact.phone": "举报电话",
  "display.language": "界面语言",
};

const UNIT: Record<string, string> = {
  days: "天",
  day: "天",
  "calendar days": "天",
  hours: "小时",
  years: "年",
  minutes: "分钟",
  visits: "次",
  "working days": "个工作日",
  workdays: "个工作日",
};

export function unit(given: string): string {
  return UNIT[given] ?? given;
}
