import { expect, it } from "vitest";

import { flaws, placeOf } from "./placeholders";

const known = new Set(["party", "due_on"]);

it("takes a text whose braces name fields", () => {
  expect(flaws("{party}应当在{due_on}前办理。", known)).toEqual([]);
});

it("says at which line and column a name is wrong", () => {
  expect(flaws("第一行\n请{partty}办理", known)).toEqual([{ line: 2, column: 2, says: "没有 {partty} 这个字段，请从列表里选" }]);
});

it("sees a brace that stands alone", () => {
  expect(flaws("请{party办理", known).map((one) => [one.line, one.column])).toEqual([[1, 2]]);
});

it("takes no empty and no overlong text", () => {
  expect(flaws("  ", known)).toHaveLength(1);
  expect(flaws("字".repeat(2001), known)).toHaveLength(1);
});

it("reads the place of an error from the server's message", () => {
  expect(placeOf("line 3, column 7: unknown variable: sad")).toEqual({ line: 3, column: 7, rest: "unknown variable: sad" });
  expect(placeOf("typesetting takes longer than 12 s")).toBeNull();
});
