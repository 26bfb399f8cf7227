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

  it("hands in a file again whose hand-in was not answered, and sends nothing twice", async () => {
    await store.keep([], [{ inspectionId: "visit", blob: new Blob(["a"]), filename: "a.jpg", capturedAt: "2026-03-01T00:00:00Z", location: null }]);
    const state = { begun: 0, handedIn: 0 };
    let dying = true;
    const refusal = { code: "EVIDENCE_STATE", message: "handed in", path: [] };
    const send = async (_: string, init: RequestInit): Promise<Response> => {
      const { query } = JSON.parse(init.body as string) as { query: string };
      const answer = (data: object) => new Response(JSON.stringify({ data }));
      if (query.includes("beginEvidenceUpload")) {
        state.begun += 1;
        const requests = [{ number: 1, byteLength: 1, method: "PUT", url: "store:1", headers: [] }];
        return answer({ beginEvidenceUpload: { evidence: { id: "e" }, upload: { partLength: 1, partCount: 1, heldParts: [], requests }, errors: [] } });
      }
      if (query.includes("renewEvidenceUpload")) return answer({ renewEvidenceUpload: { upload: null, errors: [refusal] } });
      state.handedIn = 1;
      if (dying) throw new TypeError("network"); // done, and the phone died before it heard of it
      return answer({ completeEvidenceUpload: { evidence: { id: "e", state: "UPLOADED" }, errors: [] } });
    };

    expect(await flush(store, send, undefined, async () => new Response(null))).toBe("offline");
    dying = false;
    expect(await flush(store, send, undefined, async () => new Response(null))).toBe("sent");
    expect([state.begun, state.handedIn, await store.files()]).toEqual([1, 1, []]);
  });
});

describe("the store", () => {
  it("keeps what was done in one millisecond, and behind a clock set back, in its order", async () => {
    const now = Date.now;
    const photo = (name: string) => ({ inspectionId: "visit", blob: new Blob(["x"]), filename: name, capturedAt: "2026-03-01T00:00:00Z", location: null });
    Date.now = () => 1_000;
    await store.keep([], Array.from({ length: 20 }, (_, at) => photo(`${at}`)));
    Date.now = () => 500;
    await store.keep([{ inspectionId: "visit", kind: "Sign", input: {} }], [photo("20")]);
    Date.now = now;

    expect((await store.files()).map((one) => one.filename)).toEqual(Array.from({ length: 21 }, (_, at) => `${at}`));
    expect((await store.acts())[0]!.at).toBe(1_020);
  });

  it("keeps all of what was done in one go, or nothing", async () => {
    const broken = { inspectionId: "visit", blob: (() => undefined) as unknown as Blob, filename: "b", capturedAt: "2026-03-01T00:00:00Z", location: null };

    await expect(store.keep([{ inspectionId: "visit", kind: "Sign", input: {} }], [broken])).rejects.toThrow();
    expect([await store.acts(), await store.files()]).toEqual([[], []]);
  });

  it("does not bring back what was sent while its place was looked for", async () => {
    const [id] = await store.keep([], [{ inspectionId: "visit", blob: new Blob(["x"]), filename: "a", capturedAt: "2026-03-01T00:00:00Z", location: null }]);
    await store.dropFile(id!);
    await store.amendFile(id!, { location: { latitude: 1, longitude: 2 } });

    expect(await store.files()).toEqual([]);
  });
});
