/** What has happened so far; `done` and `total` in bytes. */
export type Step = { stage: "hashing" | "sending" | "done"; done: number; total: number };

export type UploadRequest = {
  file: Blob;
  filename: string;
  /** Media type; that of the file where none is given. */
  mediaType?: string;
  subjectKind: "VISIT" | "CASE" | "BLACKLIST_CASE";
  /** Plain or global id of what the evidence belongs to. */
  subjectId: string;
  /** When it was taken, ISO 8601 with an offset. */
  capturedAt: string;
  /** Where it was taken, WGS 84 degrees. */
  location?: { latitude: number; longitude: number } | null;
  /** Evidence that was begun before, to be taken up again. */
  evidenceId?: string | null;
  /** SHA-256 in hex, when it is known already. */
  digest?: string;
  /** Key under which a repeated declaration gets the first answer. */
  idempotencyKey?: string;
};

/** Runs one GraphQL document; resolves to its `data`, rejects when there is none. */
export type Ask = (document: string, variables: Record<string, unknown>) => Promise<any>;

export type IncrementalHash = { update(bytes: Uint8Array): unknown; digest(): ArrayLike<number> };

export type Hooks = {
  ask: Ask;
  /** Makes an incremental SHA-256; needed for files above 64 MiB. */
  hash?: () => IncrementalHash;
  /** Sends one part; `fetch` where none is given. */
  put?: (url: string, init: RequestInit) => Promise<Response>;
  onStep?: (step: Step) => void;
  /** Told once the API knows of the file. */
  onBegun?: (evidenceId: string) => void | Promise<void>;
  /** Where unfinished uploads are remembered, such as `localStorage`. */
  storage?: Pick<Storage, "getItem" | "setItem">;
  pause?: (ms: number) => Promise<void>;
  signal?: AbortSignal;
};

export declare const DOCUMENTS: Record<string, string>;

export declare class UploadFailed extends Error {
  readonly code: string;
  constructor(code: string, message: string);
}

export declare function digestOf(file: Blob, hooks?: Pick<Hooks, "hash" | "onStep" | "signal">): Promise<string>;
export declare function upload(asked: UploadRequest, hooks: Hooks): Promise<string>;
export declare function abandon(evidenceId: string, hooks: Pick<Hooks, "ask" | "storage">): Promise<void>;
