/* What a text with names of fields in braces says wrong, before the server is asked. */

export type Flaw = { line: number; column: number; says: string };

export const LONGEST = 2000;

/** Flaws of a block in the order in which they stand; lines and columns count from 1. */
export function flaws(text: string, known: ReadonlySet<string>): Flaw[] {
  const found: Flaw[] = [];
  if (!text.trim()) return [{ line: 1, column: 1, says: "不能空着；要用原来的文字请按“恢复原文”" }];
  if (text.trim().length > LONGEST) found.push({ line: 1, column: 1, says: `最多 ${LONGEST} 个字，现在 ${text.trim().length} 个` });
  text.split("\n").forEach((row, at) => {
    const line = at + 1;
    for (const match of row.matchAll(/\{([^{}]*)\}|[{}]/g)) {
      const column = match.index + 1;
      if (match[0].length === 1) found.push({ line, column, says: `大括号没有成对，会照样印出来` });
      else if (!known.has(match[1]!)) found.push({ line, column, says: `没有 ${match[0]} 这个字段，请从列表里选` });
    }
  });
  return found;
}

/** Where the server says that a template breaks: `line 3, column 7: …`. */
export function placeOf(message: string): { line: number; column: number; rest: string } | null {
  const found = /^line (\d+), column (\d+): (.*)$/s.exec(message);
  return found ? { line: Number(found[1]), column: Number(found[2]), rest: found[3]! } : null;
}
