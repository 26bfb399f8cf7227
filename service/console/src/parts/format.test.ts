import { describe, expect, it } from "vitest";

import { creditCodeProblem } from "./creditCode";
import { bytes, day, dayFromNow, daysUntil, due, fen, legalDay, moment, percent, yuan } from "./format";

describe("days", () => {
  it("are those of Shanghai, whatever the device says", () => {
    expect(legalDay(new Date("2026-03-04T16:00:00Z"))).toBe("2026-03-05");
    expect(legalDay(new Date("2026-03-04T15:59:59Z"))).toBe("2026-03-04");
    expect(moment("2026-03-04T16:05:00Z")).toBe("2026-03-05 00:05");
    expect(day("2026-03-05")).toBe("2026年3月5日");
  });

  it("count to and past a deadline", () => {
    expect(daysUntil("2026-03-01", "2026-02-27")).toBe(2);
    expect(due("2026-02-27", "2026-02-27")).toBe("今天到期");
    expect(due("2026-02-20", "2026-02-27")).toBe("逾期 7 天");
    expect(dayFromNow(3, "2026-02-27")).toBe("2026-03-02");
  });
});

describe("money", () => {
  it("is fen to the last digit, beyond what a binary fraction holds", () => {
    expect(yuan("9007199254740993")).toBe("¥90,071,992,547,409.93");
    expect(yuan("5")).toBe("¥0.05");
    expect(yuan(null)).toBe("—");
    expect(fen("12,000.5")).toBe("1200050");
    expect(fen("0.07")).toBe("7");
    expect(fen("1.234")).toBeNull();
  });
});

describe("ratios and sizes", () => {
  it("tell an empty denominator from nought", () => {
    expect(percent(0)).toBe("0%");
    expect(percent(null)).toBe("—");
    expect(percent(0.925)).toBe("92.5%");
    expect(bytes(5_368_709_120)).toBe("5.0 GiB");
  });
});

describe("credit codes", () => {
  it("are checked before they are sent", () => {
    expect(creditCodeProblem("91990112MA442TBR9C")).toBeNull();
    expect(creditCodeProblem("91990112MA442TBR9X")).toContain("校验位");
    expect(creditCodeProblem("91990112")).toContain("18 位");
    expect(creditCodeProblem("91990112MA442TIR9C")).toContain("第 15 位");
    expect(creditCodeProblem("")).toBeNull();
  });
});
