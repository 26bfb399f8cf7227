const SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/** What is wrong with a unified social credit code (GB 32100-2015), null when nothing is. */
export function creditCodeProblem(given: string | null | undefined): string | null {
  const code = (given ?? "").trim().toUpperCase();
  if (code === "") return null;
  if (code.length !== 18) return `应为 18 位，现为 ${code.length} 位`;
  let sum = 0;
  for (let at = 0; at < 17; at += 1) {
    const value = SIGNS.indexOf(code[at]!);
    if (value < 0) return `第 ${at + 1} 位“${code[at]}”不会出现在信用代码中`;
    sum += value * (3 ** at % 31);
  }
  const check = SIGNS[(31 - (sum % 31)) % 31];
  return check === code[17] ? null : "校验位不对，请核对是否抄错";
}
