import "fake-indexeddb/auto";

import { beforeEach, describe, expect, it } from "vitest";

import { flush } from "./queue";
import { openStore, type Act, type Store } from "./store";

type Sent = { document: string; input: Record<string, unknown> };

let store: Store;
let number = 0;

beforeEach(async () => {
  number += 1;
  store = await openStore(`test-${number}`);
});

const act = (id: string, at: number, inspectionId = "visit", kind: Act["kind"] = "Checks"): Act => ({ id, at, inspectionId, kind, input: { inspectionId } });

/** An API that remembers what it did by key, as ours does. */
function api(answer: (sent: Sent, times: number) => Response | "lost" | "lost-answer") {
  const done: string[] = [];
  let times = 0;
  const send = async (_: string, init: RequestInit): Promise<Response> => {
    const body = JSON.parse(init.body as string) as { query: string; variables: { input: Record<string, unknown> } };
    times += 1;
    const given = answer({ document: body.query, input: body.variables.input }, times);
    if (given === "lost") throw new TypeError("network");
    const key = String(body.variables.input.idempotencyKey);
    if (!done.includes(key) && (given === "lost-answer" || given.status === 200)) done.push(key);
    if (given === "lost-answer") throw new TypeError("network");
    return given;
  };
  return { done, send };
}

const fine = () => new Response(JSON.stringify({ data: { act: { errors: [] } } }));
const refused = (code: string) => new Response(JSON.stringify({ data: { act: { errors: [{ code, message: "no", path: [] }] } } }));

describe("the queue", () => {
  it("sends acts in the order they were done", async () => {
    await store.putAct(act("b", 2));
    await store.putAct(act("a", 1));
    const { done, send } = api(fine);

    expect(await flush(store, send)).toBe("sent");
    expect(done).toEqual(["a", "b"]);
    expect(await store.acts()).toEqual([]);
  });

  it("keeps everything when there is no network", async () => {
    await store.putAct(act("a", 1));
    const { send } = api(() => "lost");

    expect(await flush(store, send)).toBe("offline");
    expect((await store.acts()).map((one) => one.id)).toEqual(["a"]);
  });

  it("repeats under the same key what was done but not answered", async () => {
    await store.putAct(act("a", 1));
    const { done, send } = api((_, times) => (times === 1 ? "lost-answer" : fine()));

    expect(await flush(store, send)).toBe("offline");
    expect(await flush(store, send)).toBe("sent");
    expect(done).toEqual(["a"]);
  });

  it("holds back what follows from a refused act, and nothing else", async () => {
    await store.putAct(act("a", 1, "first"));
    await store.putAct(act("b", 2, "first"));
    await store.putAct(act("c", 3, "second"));
    const { send } = api(({ input }) => (input.inspectionId === "first" ? refused("WRONG_STATE") : fine()));

    expect(await flush(store, send)).toBe("sent");
    const left = await store.acts();
    expect(left.map((one) => [one.id, one.refusal?.code])).toEqual([
      ["a", "WRONG_STATE"],
      ["b", undefined],
    ]);
    expect(await flush(store, send)).toBe("sent");
    expect(await store.acts()).toEqual(left);
  });

  it("asks for a sign-in and loses nothing when the session has ended", async () => {
    await store.putAct(act("a", 1));
    const { send } = api(() => new Response(JSON.stringify({ errors: [{ message: "sign in", extensions: { code: "UNAUTHENTICATED" } }] }), { status: 401 }));

    expect(await flush(store, send)).toBe("signed-out");
    expect(await store.acts()).toHaveLength(1);
  });

  it("goes on with a file where it stopped", async () => {
    const blob = new Blob([new Uint8Array([1, 2, 3, 4, 5, 6])], { type: "image/jpeg" });
    await store.putFile({ id: "f", at: 1, inspectionId: "visit", blob, filename: "a.jpg", capturedAt: "2026-03-01T00:00:00Z", location: null });
    const held = new Set<number>();
    let begun = 0;
    let down = true;
    const requests = () =>
      [1, 2, 3].filter((part) => !held.has(part)).map((part) => ({ number: part, byteLength: 2, method: "PUT", url: `store:${part}`, headers: [] }));
    const send = async (_: string, init: RequestInit): Promise<Response> => {
      const { query } = JSON.parse(init.body as string) as { query: string };
      const upload = { partLength: 2, partCount: 3, heldParts: [...held], requests: requests() };
      if (query.includes("beginEvidenceUpload")) {
        begun += 1;
        return new Response(JSON.stringify({ data: { beginEvidenceUpload: { evidence: { id: "e" }, upload, errors: [] } } }));
      }
      if (query.includes("renewEvidenceUpload")) {
        if (down) throw new TypeError("network");
        return new Response(JSON.stringify({ data: { renewEvidenceUpload: { upload, errors: [] } } }));
      }
      return new Response(JSON.stringify({ data: { completeEvidenceUpload: { evidence: { id: "e", state: "UPLOADED" }, errors: [] } } }));
    };
    const put = async (url: string): Promise<Response> => {
      const part = Number(url.split(":")[1]);
      if (down && part !== 1) throw new TypeError("network");
      held.add(part);
      return new Response(null);
    };

    expect(await flush(store, send, undefined, put)).toBe("offline");
    expect((await store.files())[0]?.evidenceId).toBe("e");
    down = false;
    expect(await flush(store, send, undefined, put)).toBe("sent");
    expect([begun, held.size, (await store.files()).length]).toEqual([1, 3, 0]);
  });
});
