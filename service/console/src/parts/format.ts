/* How values read in Chinese.  Days are legal days in Asia/Shanghai, whatever the device says. */

const ZONE = "Asia/Shanghai";
const DAY = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, year: "numeric", month: "2-digit", day: "2-digit" });
const MOMENT = new Intl.DateTimeFormat("zh-CN", {
  timeZone: ZONE,
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const NUMBER = new Intl.NumberFormat("zh-CN");
const DAY_MS = 86_400_000;

const joined = (parts: Intl.DateTimeFormatPart[]): Record<string, string> =>
  Object.fromEntries(parts.map((part) => [part.type, part.value]));

/** 2026-03-05 of an instant, as the calendar in Shanghai has it. */
export function legalDay(instant: Date): string {
  const part = joined(DAY.formatToParts(instant));
  return `${part.year}-${part.month}-${part.day}`;
}

/** 2026-03-05 → 2026年3月5日; nothing → an em dash. */
export function day(value: string | null | undefined): string {
  if (!value) return "—";
  const [year, month, date] = value.split("-").map(Number);
  return `${year}年${month}月${date}日`;
}

/** An instant to the minute, in Shanghai. */
export function moment(value: string | null | undefined): string {
  if (!value) return "—";
  const part = joined(MOMENT.formatToParts(new Date(value)));
  return `${part.year}-${part.month}-${part.day} ${part.hour}:${part.minute}`;
}

export function clock(value: string): string {
  return moment(value).slice(-5);
}

export function number(value: number | null | undefined): string {
  return value == null ? "—" : NUMBER.format(value);
}

/** 0.925 → 92.5 %; an undefined ratio, which has an empty denominator, is a dash and not 0. */
export function percent(value: number | null | undefined): string {
  return value == null ? "—" : `${(value * 100).toFixed(1).replace(/\.0$/, "")}%`;
}

/** Fen as a decimal string → yuan, without ever passing through a binary fraction. */
export function yuan(fen: string | null | undefined): string {
  if (fen == null || fen === "") return "—";
  const sign = fen.startsWith("-") ? "-" : "";
  const digits = fen.replace("-", "").padStart(3, "0");
  return `${sign}¥${digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",")}.${digits.slice(-2)}`;
}

/** Yuan as typed → fen; null when it is no amount. */
export function fen(yuanText: string): string | null {
  const found = /^(\d{1,13})(?:\.(\d{1,2}))?$/.exec(yuanText.trim().replace(/,/g, ""));
  if (!found) return null;
  return `${found[1]}${(found[2] ?? "").padEnd(2, "0")}`.replace(/^0+(?=\d)/, "");
}

/** Whole days from today until a day; negative once it has passed. */
export function daysUntil(value: string, today: string = legalDay(new Date())): number {
  return Math.round((Date.parse(`${value}T00:00:00Z`) - Date.parse(`${today}T00:00:00Z`)) / DAY_MS);
}

/** How a deadline stands, in words: the colour beside it is never the only sign. */
export function due(value: string, today?: string): string {
  const left = daysUntil(value, today);
  if (left < 0) return `逾期 ${-left} 天`;
  return left === 0 ? "今天到期" : `还有 ${left} 天`;
}

export function bytes(value: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let at = 0;
  let left = value;
  while (left >= 1024 && at < units.length - 1) {
    left /= 1024;
    at += 1;
  }
  return `${at === 0 || left >= 100 ? Math.round(left) : left.toFixed(1)} ${units[at]}`;
}

/** A day some days after today. */
export function dayFromNow(days: number, today: string = legalDay(new Date())): string {
  return new Date(Date.parse(`${today}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}
