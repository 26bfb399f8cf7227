/* Sending what was kept: in the order it was done, each act once, however often the network dies.

   An act that the API refuses holds back the later acts of its visit, since they follow from it,
   and waits for a person; other visits go on. */

import { call, CallFailed, type Fetch } from "../parts/call";
import { upload } from "../parts/upload";
import checkIn from "./documents/CheckIn.graphql?raw";
import checks from "./documents/Checks.graphql?raw";
import conclude from "./documents/Conclude.graphql?raw";
import hazard from "./documents/Hazard.graphql?raw";
import order from "./documents/Order.graphql?raw";
import sign from "./documents/Sign.graphql?raw";
import type { ActKind, Store } from "./store";

const DOCUMENTS: Record<ActKind, string> = { CheckIn: checkIn, Checks: checks, Sign: sign, Conclude: conclude, Order: order, Hazard: hazard };

/** What stops a round: to be tried again later, after a sign-in, or nothing. */
export type Outcome = "sent" | "offline" | "signed-out";

/* Not the fault of what is sent: the server is away or asks for patience. */
const LATER = new Set(["NETWORK", "INTERNAL", "RATE_LIMITED", "STORE_UNAVAILABLE", "ABORTED"]);

/* Files whose place this page is still looking for; what stands behind them waits with them. */
export const placing = new Set<string>();

type Payload = Record<string, { errors: { code: string; message: string }[] }>;

export async function flush(store: Store, send: Fetch = fetch, onChange: () => void = () => undefined, put?: (url: string, init: RequestInit) => Promise<Response>): Promise<Outcome> {
  const held = new Set<string>();
  for (const act of await store.acts()) {
    if (act.refusal) held.add(act.inspectionId);
    if (held.has(act.inspectionId)) continue;
    try {
      const data = await call<Payload>(DOCUMENTS[act.kind], { input: { ...act.input, idempotencyKey: act.id } }, send);
      const refusal = Object.values(data)[0]?.errors[0];
      if (refusal) {
        held.add(act.inspectionId);
        await store.putAct({ ...act, refusal: { code: refusal.code, message: refusal.message } });
      } else {
        await store.dropAct(act.id);
      }
    } catch (error) {
      const outcome = stop(error);
      if (outcome) return outcome;
      held.add(act.inspectionId);
      await store.putAct({ ...act, refusal: { code: (error as CallFailed).code, message: (error as CallFailed).message } });
    }
    onChange();
  }
  for (const file of await store.files()) {
    if (placing.has(file.id)) break;
    if (file.refusal) continue;
    let { evidenceId } = file;
    try {
      await upload(
        {
          file: file.blob,
          filename: file.filename,
          subjectKind: "VISIT",
          subjectId: file.inspectionId,
          capturedAt: file.capturedAt,
          location: file.location,
          evidenceId: evidenceId ?? null,
          digest: file.digest,
          idempotencyKey: file.id,
        },
        {
          send,
          put,
          onBegun: async (id) => {
            evidenceId = id;
            await store.amendFile(file.id, { evidenceId });
          },
        },
      );
      await store.dropFile(file.id);
    } catch (error) {
      const outcome = stop(error);
      if (outcome) return outcome;
      const failed = error as CallFailed;
      // An upload that has expired in the meantime begins anew, under a key of its own.
      if (evidenceId && ["NOT_FOUND", "EVIDENCE_STATE"].includes(failed.code)) {
        await store.putFile({ ...file, id: crypto.randomUUID(), evidenceId: null });
        await store.dropFile(file.id);
      } else {
        await store.amendFile(file.id, { refusal: { code: failed.code, message: failed.message } });
      }
    }
    onChange();
  }
  return "sent";
}

function stop(error: unknown): Outcome | null {
  if (!(error instanceof CallFailed)) return "offline";
  if (error.code === "UNAUTHENTICATED") return "signed-out";
  return LATER.has(error.code) ? "offline" : null;
}
