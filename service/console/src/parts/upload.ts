/* Files on their way as evidence: the client that integrators get (clients/browser), asked through
   our own `call`, with its refusals in our words. */

import { sha256 } from "@noble/hashes/sha2.js";

import * as client from "../../../../clients/browser/evidence-upload.js";
import { call, CallFailed, type Fetch } from "./call";

export type Step = client.Step;
export type UploadRequest = client.UploadRequest;
type Hooks = Omit<client.Hooks, "ask" | "hash"> & { send?: Fetch };

const WORDS: Record<string, string> = { ABORTED: "已停止", NETWORK: "文件没有传完，网络恢复后可继续" };

/** Send one file until it is handed in; the id of its evidence.  Safe to call again. */
export async function upload(asked: UploadRequest, { send = fetch, ...hooks }: Hooks = {}): Promise<string> {
  try {
    return await client.upload(asked, {
      ...hooks,
      hash: () => sha256.create(),
      ask: (document, variables) => call(document, variables, send),
    });
  } catch (error) {
    if (error instanceof client.UploadFailed) throw new CallFailed(WORDS[error.code] ?? error.message, error.code);
    throw error;
  }
}
