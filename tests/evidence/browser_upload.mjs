/* Plays a browser for test_browser_client.py: one page that sends one file, and may be closed. */

import { createHash } from "node:crypto";
import { existsSync, openAsBlob, readFileSync, writeFileSync } from "node:fs";
import { abandon, digestOf, upload } from "../../clients/browser/evidence-upload.js";

const { API, TOKEN, FILE, STORAGE, SUBJECT, CLOSE_AFTER = "0", BREAK = "", GIVE_UP = "" } = process.env;

const storage = {
  getItem: (name) => (existsSync(STORAGE) ? JSON.parse(readFileSync(STORAGE, "utf8"))[name] ?? null : null),
  setItem: (name, value) => writeFileSync(STORAGE, JSON.stringify({ [name]: value })),
};

const asked = [];
async function ask(query, variables) {
  asked.push(/\) \{\s*(\w+)\(/.exec(query)[1]);
  const answer = await fetch(API, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify({ query, variables }),
  });
  const body = await answer.json();
  if (body.errors) throw new Error(body.errors[0].message);
  return body.data;
}

const puts = [];
const broken = new Set(BREAK.split(",").filter(Boolean));
async function put(url, init) {
  const number = new URL(url).searchParams.get("partNumber");
  puts.push(Number(number));
  if (broken.delete(number)) throw new TypeError("network");
  const answer = await fetch(url, init);
  if (Number(CLOSE_AFTER) && puts.length >= Number(CLOSE_AFTER)) {
    console.log(JSON.stringify({ closed: true, puts }));
    process.exit(0);
  }
  return answer;
}

const file = await openAsBlob(FILE);
const hash = () => createHash("sha256");
const hooks = { ask, put, hash, storage, pause: () => Promise.resolve() };
if (GIVE_UP) hooks.onBegun = (id) => abandon(id, { ask, storage });
try {
  const evidenceId = await upload(
    { file, filename: "过程.mp4", mediaType: "video/mp4", subjectKind: "CASE", subjectId: SUBJECT, capturedAt: "2026-03-05T06:30:00Z" },
    hooks,
  );
  const digests = [await digestOf(file, { hash }), file.size <= 64 * 1024 * 1024 ? await digestOf(file) : null];
  console.log(JSON.stringify({ evidenceId, puts, asked, digests, storage: storage.getItem("anshang.uploads") }));
} catch (error) {
  console.log(JSON.stringify({ code: error.code ?? null, message: error.message, puts, asked, storage: storage.getItem("anshang.uploads") }));
}
