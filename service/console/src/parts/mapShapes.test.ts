import { expect, it } from "vitest";

import { box, projected } from "./mapShapes";

const square: [number, number][] = [[106, 29], [106.2, 29], [106.2, 29.2], [106, 29.2], [106, 29]];

it("draws north up and puts the name in the middle", () => {
  const { a } = projected({ a: [[square]] });
  const [left, top, width, height] = box({ a: a! });
  expect(a!.middle[0]).toBeCloseTo(left + width / 2, 3);
  expect(a!.middle[1]).toBeCloseTo(top + height / 2, 3);
  expect(top).toBeCloseTo(-29200, 3);
  expect(width / height).toBeCloseTo(Math.cos((29.1 * Math.PI) / 180), 4);
});

it("keeps the name of a bent town inside its outline", () => {
  const bent: [number, number][] = [[106, 29], [107, 29], [107, 29.1], [106.1, 29.1], [106.1, 29.9], [107, 29.9], [107, 30], [106, 30], [106, 29]];
  const { a } = projected({ a: [[bent]] });
  const squeeze = Math.cos((29.5 * Math.PI) / 180) * 1000;
  expect(a!.middle[0]).toBeGreaterThan(106 * squeeze);
  expect(a!.middle[0]).toBeLessThan(106.1 * squeeze);
});

it("takes the largest island for the name", () => {
  const small: [number, number][] = [[108, 29], [108.01, 29], [108.01, 29.01], [108, 29]];
  expect(projected({ a: [[small], [square]] }).a!.middle[0]).toBeLessThan(107 * 1000);
});
