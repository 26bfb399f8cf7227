/* A file on its way to the store: digest on the device, parts with permissions, resumed where a
   broken connection left it.  The store gets the bytes; the API never does. */

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";

import type { BeginUploadMutation, CompleteUploadMutation, EvidenceSubjectKind, RenewUploadMutation } from "../gql/graphql";
import { call, CallFailed, type Fetch } from "./call";
import begin from "./documents/BeginUpload.graphql?raw";
import complete from "./documents/CompleteUpload.graphql?raw";
import renew from "./documents/RenewUpload.graphql?raw";

const SLICE = 4 * 1024 * 1024; // bytes hashed between two looks at the screen
const AT_ONCE = 3; // parts under way together
const ATTEMPTS = 6; // times without any progress before giving up

export type Step = { stage: "hashing" | "sending" | "done"; done: number; total: number };

export type UploadRequest = {
  file: Blob;
  filename: string;
  subjectKind: EvidenceSubjectKind;
  subjectId: string;
  capturedAt: string;
  location?: { latitude: number; longitude: number } | null;
  /** Evidence that was begun before, to be taken up again. */
  evidenceId?: string | null;
  /** The digest, when it is known already. */
  digest?: string;
  idempotencyKey?: string;
};

type Hooks = {
  send?: Fetch;
  put?: (url: string, init: RequestInit) => Promise<Response>;
  onStep?: (step: Step) => void;
  /** Told once the API knows of the file, so that it can be taken up after a restart. */
  onBegun?: (evidenceId: string) => void | Promise<void>;
  pause?: (ms: number) => Promise<void>;
  signal?: AbortSignal;
};

type Standing = NonNullable<NonNullable<BeginUploadMutation["beginEvidenceUpload"]["upload"]>>;

/** SHA-256 of a file of any size, in slices, so that gigabytes do not fill the memory. */
export async function digestOf(file: Blob, onStep?: (step: Step) => void): Promise<string> {
  const hash = sha256.create();
  for (let at = 0; at < file.size; at += SLICE) {
    hash.update(new Uint8Array(await file.slice(at, at + SLICE).arrayBuffer()));
    onStep?.({ stage: "hashing", done: Math.min(at + SLICE, file.size), total: file.size });
  }
  return bytesToHex(hash.digest());
}

function refused(errors: { code: string; message: string }[]): void {
  const first = errors[0];
  if (first) throw new CallFailed(first.message, first.code);
}

/** Send one file until it is handed in; returns the id of its evidence.  Safe to call again. */
export async function upload(asked: UploadRequest, hooks: Hooks = {}): Promise<string> {
  const { file } = asked;
  const send = hooks.send ?? fetch;
  let evidenceId = asked.evidenceId ?? null;
  let standing: Standing | null = null;
  if (!evidenceId) {
    const digest = asked.digest ?? (await digestOf(file, hooks.onStep));
    const data = await call<BeginUploadMutation>(
      begin,
      {
        input: {
          subjectKind: asked.subjectKind,
          subjectId: asked.subjectId,
          filename: asked.filename,
          mediaType: file.type || "application/octet-stream",
          byteLength: file.size,
          sha256: digest,
          capturedAt: asked.capturedAt,
          location: asked.location ?? null,
          idempotencyKey: asked.idempotencyKey ?? null,
        },
      },
      send,
    );
    refused(data.beginEvidenceUpload.errors);
    evidenceId = data.beginEvidenceUpload.evidence!.id;
    standing = data.beginEvidenceUpload.upload ?? null;
    await hooks.onBegun?.(evidenceId);
  }
  await sendParts(file, evidenceId, standing, send, hooks);
  const data = await call<CompleteUploadMutation>(complete, { input: { evidenceId } }, send);
  refused(data.completeEvidenceUpload.errors);
  hooks.onStep?.({ stage: "done", done: file.size, total: file.size });
  return evidenceId;
}

async function sendParts(file: Blob, evidenceId: string, first: Standing | null, send: Fetch, hooks: Hooks): Promise<void> {
  const pause = hooks.pause ?? ((ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)));
  let standing = first;
  let idle = 0;
  let lastHeld = -1;
  for (;;) {
    if (hooks.signal?.aborted) throw new CallFailed("已停止", "ABORTED");
    if (!standing) {
      const data: RenewUploadMutation = await call<RenewUploadMutation>(renew, { input: { evidenceId } }, send);
      refused(data.renewEvidenceUpload.errors);
      standing = data.renewEvidenceUpload.upload!;
    }
    const held = new Set(standing.heldParts);
    if (held.size > lastHeld) idle = 0;
    lastHeld = Math.max(lastHeld, held.size);
    hooks.onStep?.({ stage: "sending", done: Math.min(held.size * standing.partLength, file.size), total: file.size });
    const wanted = standing.requests.filter((request) => !held.has(request.number));
    if (held.size === standing.partCount) return;
    const sent = await sendAll(file, standing, wanted, hooks);
    if (sent === wanted.length && held.size + sent === standing.partCount) return;
    if (sent === 0) {
      idle += 1;
      if (idle >= ATTEMPTS) throw new CallFailed("文件没有传完，网络恢复后可继续", "NETWORK");
      await pause(Math.min(30_000, 500 * 2 ** idle));
    }
    standing = null; // ask what the store has, and for permissions for the rest
  }
}

async function sendAll(file: Blob, standing: Standing, wanted: Standing["requests"], hooks: Hooks): Promise<number> {
  const put = hooks.put ?? fetch;
  const queue = [...wanted];
  let sent = 0;
  const lane = async (): Promise<void> => {
    for (let request = queue.shift(); request && !hooks.signal?.aborted; request = queue.shift()) {
      const from = (request.number - 1) * standing.partLength;
      try {
        const answer = await put(request.url, {
          method: request.method,
          headers: Object.fromEntries(request.headers.map((header) => [header.name, header.value])),
          body: file.slice(from, from + request.byteLength),
          signal: hooks.signal,
          credentials: "omit",
        });
        if (!answer.ok) continue;
        sent += 1;
        hooks.onStep?.({ stage: "sending", done: Math.min((standing.heldParts.length + sent) * standing.partLength, file.size), total: file.size });
      } catch {
        // The next round asks the store what arrived.
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return sent;
}
