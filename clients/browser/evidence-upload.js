/* Sends a file as evidence, from a browser or from Node 20: hashed on the device, in parts, several
   at a time, taken up where a broken connection, an expired permission or a closed page left it.

   One file, no dependency, no build.  The API never gets the bytes; they go to the object store by
   the permissions that the API gives.  README.md beside it shows its use. */

const SLICE = 4 * 1024 * 1024; // bytes hashed between two looks at the screen
const WHOLE = 64 * 1024 * 1024; // bytes that are hashed at once where no other hash is given
const AT_ONCE = 3; // parts on their way together
const ATTEMPTS = 6; // rounds without any progress before giving up
const KEPT = "anshang.uploads";

const UPLOAD = `heldParts partLength partCount
    requests { number byteLength method url headers { name value } }`;
const ERRORS = "errors { code message path }";

/** What is asked of the API, by the name of the mutation. */
export const DOCUMENTS = {
  beginEvidenceUpload: `mutation BeginUpload($input: BeginEvidenceUploadInput!) {
  beginEvidenceUpload(input: $input) { evidence { id } upload { ${UPLOAD} } ${ERRORS} }
}`,
  renewEvidenceUpload: `mutation RenewUpload($input: RenewEvidenceUploadInput!) {
  renewEvidenceUpload(input: $input) { upload { ${UPLOAD} } ${ERRORS} }
}`,
  completeEvidenceUpload: `mutation CompleteUpload($input: CompleteEvidenceUploadInput!) {
  completeEvidenceUpload(input: $input) { evidence { id state } ${ERRORS} }
}`,
  abandonEvidenceUpload: `mutation AbandonUpload($input: AbandonEvidenceUploadInput!) {
  abandonEvidenceUpload(input: $input) { evidence { id state } ${ERRORS} }
}`,
};

/** The file was not handed in.  `code` is ABORTED, NETWORK, TOO_LARGE_TO_HASH or the API's own. */
export class UploadFailed extends Error {
  constructor(code, message) {
    super(message);
    this.name = "UploadFailed";
    this.code = code;
  }
}

/** SHA-256 of a file in hex.  `hash()` makes an incremental one (`update(bytes)`, `digest()`); a
    browser has none of its own, so without it the file must fit into memory. */
export async function digestOf(file, { hash, onStep, signal } = {}) {
  if (!hash && file.size > WHOLE) {
    throw new UploadFailed("TOO_LARGE_TO_HASH", `give an incremental hash for files above ${WHOLE} bytes`);
  }
  if (!hash) return hex(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  const running = hash();
  for (let at = 0; at < file.size; at += SLICE) {
    stopIf(signal);
    running.update(new Uint8Array(await file.slice(at, at + SLICE).arrayBuffer()));
    onStep?.({ stage: "hashing", done: Math.min(at + SLICE, file.size), total: file.size });
  }
  return hex(running.digest());
}

/** Send one file until it is handed in; the id of its evidence.  Safe to call again: with
    `evidenceId`, or with `storage` and the same file, it goes on where it stopped. */
export async function upload(asked, hooks) {
  const digest = asked.digest ?? (asked.evidenceId ? null : await digestOf(asked.file, hooks));
  const key = `${asked.subjectKind}:${asked.subjectId}:${digest}`;
  const known = asked.evidenceId ?? kept(hooks.storage)[key] ?? null;
  try {
    const evidenceId = await sent({ ...asked, digest, evidenceId: known }, hooks, key);
    keep(hooks.storage, key, null);
    return evidenceId;
  } catch (error) {
    // What was begun long ago has expired: begin anew, once.
    const expired = ["NOT_FOUND", "EVIDENCE_STATE"].includes(error?.code);
    if (!expired || asked.evidenceId || !known) throw error;
    keep(hooks.storage, key, null);
    const again = await sent({ ...asked, digest, evidenceId: null }, hooks, key);
    keep(hooks.storage, key, null);
    return again;
  }
}

/** Give up an upload that is not handed in yet; its parts are freed and its room is given back. */
export async function abandon(evidenceId, { ask, storage }) {
  await act(ask, "abandonEvidenceUpload", { evidenceId });
  for (const [key, id] of Object.entries(kept(storage))) if (id === evidenceId) keep(storage, key, null);
}

async function sent(asked, hooks, key) {
  const { file } = asked;
  let { evidenceId } = asked;
  let standing = null;
  if (!evidenceId) {
    const begun = await act(hooks.ask, "beginEvidenceUpload", declaration(asked));
    evidenceId = begun.evidence.id;
    standing = begun.upload ?? null;
    keep(hooks.storage, key, evidenceId);
    await hooks.onBegun?.(evidenceId);
  }
  for (let missed = 0; ; missed += 1) {
    try {
      await sendParts(file, evidenceId, standing, hooks);
    } catch (error) {
      // It may have been handed in and only the answer was lost: handing it in again tells.
      if (error?.code !== "EVIDENCE_STATE") throw error;
    }
    try {
      await act(hooks.ask, "completeEvidenceUpload", { evidenceId });
      break;
    } catch (error) {
      // The store lost a part that it had acknowledged, or the first answer was an old one.
      if (error?.code !== "PARTS_MISSING" || missed >= ATTEMPTS) throw error;
      standing = null;
    }
  }
  hooks.onStep?.({ stage: "done", done: file.size, total: file.size });
  return evidenceId;
}

function declaration(asked) {
  return {
    subjectKind: asked.subjectKind,
    subjectId: asked.subjectId,
    filename: asked.filename,
    mediaType: asked.mediaType ?? (asked.file.type || "application/octet-stream"),
    byteLength: asked.file.size,
    sha256: asked.digest,
    capturedAt: asked.capturedAt,
    location: asked.location ?? null,
    idempotencyKey: asked.idempotencyKey ?? null,
  };
}

async function sendParts(file, evidenceId, first, hooks) {
  const pause = hooks.pause ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms)));
  let standing = first;
  let idle = 0;
  let most = -1;
  for (;;) {
    stopIf(hooks.signal);
    standing ??= (await act(hooks.ask, "renewEvidenceUpload", { evidenceId })).upload;
    const held = new Set(standing.heldParts);
    if (held.size > most) idle = 0;
    most = Math.max(most, held.size);
    hooks.onStep?.({ stage: "sending", done: Math.min(held.size * standing.partLength, file.size), total: file.size });
    if (held.size === standing.partCount) return;
    const wanted = standing.requests.filter((request) => !held.has(request.number));
    const arrived = await sendAll(file, standing, wanted, hooks);
    if (arrived === wanted.length && held.size + arrived === standing.partCount) return;
    if (arrived === 0) {
      idle += 1;
      if (idle >= ATTEMPTS) throw new UploadFailed("NETWORK", "the file did not get through; call again to go on with it");
      await pause(Math.min(30_000, 500 * 2 ** idle));
    }
    standing = null; // ask what the store has, and for permissions for the rest
  }
}

async function sendAll(file, standing, wanted, hooks) {
  const put = hooks.put ?? ((url, init) => fetch(url, init));
  const queue = [...wanted];
  let arrived = 0;
  const lane = async () => {
    for (let request = queue.shift(); request && !hooks.signal?.aborted; request = queue.shift()) {
      const from = (request.number - 1) * standing.partLength;
      try {
        const answer = await put(request.url, {
          method: request.method,
          // A browser sets the length by itself and lets nobody else do it.
          headers: Object.fromEntries(
            request.headers.filter(({ name }) => name.toLowerCase() !== "content-length").map(({ name, value }) => [name, value]),
          ),
          body: file.slice(from, from + request.byteLength),
          signal: hooks.signal,
          credentials: "omit",
        });
        if (!answer.ok) continue; // an expired permission, a store that is away: the next round
        arrived += 1;
        hooks.onStep?.({
          stage: "sending",
          done: Math.min((standing.heldParts.length + arrived) * standing.partLength, file.size),
          total: file.size,
        });
      } catch {
        // The next round asks the store what arrived.
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return arrived;
}

async function act(ask, name, input) {
  const payload = (await ask(DOCUMENTS[name], { input }))[name];
  const first = payload.errors[0];
  if (first) throw new UploadFailed(first.code, first.message);
  return payload;
}

function stopIf(signal) {
  if (signal?.aborted) throw new UploadFailed("ABORTED", "stopped");
}

function hex(bytes) {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function kept(storage) {
  try {
    return JSON.parse(storage?.getItem(KEPT) ?? "{}");
  } catch {
    return {};
  }
}

function keep(storage, key, id) {
  if (!storage) return;
  const all = kept(storage);
  if (id) all[key] = id;
  else delete all[key];
  storage.setItem(KEPT, JSON.stringify(all));
}
