import { expect, it } from "vitest";

import { payloadOf } from "./payload";

const payload = { errors: [{ code: "INVALID", message: "no", path: [] }] };

it("finds the payload wherever the name of the type stands", () => {
  expect(payloadOf({ __typename: "Mutation", act: payload })).toBe(payload);
  expect(payloadOf({ act: payload, __typename: "Mutation" })).toBe(payload);
});

it("finds none where nothing was answered", () => {
  expect(payloadOf(undefined)).toBeUndefined();
  expect(payloadOf({ act: null })).toBeUndefined();
});
