/* What a job says of itself, in Chinese; the API says it in English, for integrators too. */

const FORMS: [RegExp, string][] = [
  [/^(\d+) visits, (\d+) demands unserved$/, "排出 $1 次联合检查，$2 项需求没有排上"],
  [/^booked on (\S+)$/, "已排入 $1"],
  [/^withdrawn$/, "需求已撤回"],
  [/^stopped on request$/, "已按要求停止"],
  [/^start$/, "准备计算"],
  [/^merge\b.*/, "合并需求"],
  [/^construct\b.*/, "编排日程"],
  [/^improve\b.*/, "优化路线"],
  [/^certify\b.*/, "核验方案"],
];

/** The message of a job as its reader says it. */
export function jobWords(message: string): string {
  const found = FORMS.find(([form]) => form.test(message));
  return found ? message.replace(found[0], found[1]) : message;
}
