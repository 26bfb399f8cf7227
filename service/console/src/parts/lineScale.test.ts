import { expect, test } from "vitest";

import { marks, runs } from "./lineScale";

test("the marks of an axis are round, few and reach the largest value", () => {
  expect(marks(0)).toEqual([0, 1]);
  expect(marks(1)).toEqual([0, 0.5, 1]);
  expect(marks(7)).toEqual([0, 2, 4, 6, 8]);
  expect(marks(20_000)).toEqual([0, 5000, 10_000, 15_000, 20_000]);
  for (let most = 1; most < 2000; most += 7) {
    const found = marks(most);
    expect(found.length).toBeLessThanOrEqual(6);
    expect(found[found.length - 1]).toBeGreaterThanOrEqual(most);
  }
});

test("a month without a value breaks the line", () => {
  expect(runs([1, 2, null, 3, null, null, 0, 4])).toEqual([[0, 1], [3], [6, 7]]);
  expect(runs([null])).toEqual([]);
});
