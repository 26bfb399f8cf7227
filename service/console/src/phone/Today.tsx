/** @jsxImportSource preact */
import { useEffect, useRef, useState } from "preact/hooks";

import { clock } from "../parts/format";
import { refusalLine } from "../parts/refusals";
import type { VisitFacts, Waiting } from "./Phone";
import type { Store } from "./store";
import { ACT, KIND, STATE } from "./words";

type Props = { visits: VisitFacts[]; waiting: Waiting; store: Store; onOpen: (id: string) => void; onDone: () => Promise<void> };

const OVER = new Set(["CLOSED", "CANCELLED", "NO_ISSUE", "VISIT_REFUSED", "CASE_FILED"]);

export function Today({ visits, waiting, store, onOpen, onDone }: Props) {
  const [code, setCode] = useState("");
  const [told, setTold] = useState<string | null>(null);
  const find = (given: string) => {
    const found = matching(visits, given);
    if (found.length === 1) onOpen(found[0]!.id);
    else setTold(found.length === 0 ? "近日的检查里没有这家企业" : "有多次检查，请在下面选择");
  };
  const shown = code.trim() ? matching(visits, code) : visits;
  return (
    <>
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          find(code);
        }}
      >
        <label>
          企业码、信用代码或名称
          <input value={code} onInput={(event) => setCode(event.currentTarget.value)} autocapitalize="characters" />
        </label>
        <div class="row">
          <button type="submit">查找</button>
          <Scanner
            onFound={(text) => {
              setCode(text);
              find(text);
            }}
          />
        </div>
        {told && (
          <p class="soft" role="status">
            {told}
          </p>
        )}
      </form>
      <Refused waiting={waiting} store={store} onDone={onDone} />
      {shown.length === 0 && <p class="note soft">近日没有安排给本单位的检查。</p>}
      <ul class="plain">
        {[...shown]
          .sort((a, b) => Number(OVER.has(a.state)) - Number(OVER.has(b.state)) || b.plannedOn.localeCompare(a.plannedOn))
          .map((visit) => {
            const here = waiting.acts.filter((act) => act.inspectionId === visit.id).length + waiting.files.filter((file) => file.inspectionId === visit.id).length;
            return (
              <li key={visit.id}>
                <button type="button" class="card" onClick={() => onOpen(visit.id)}>
                  <strong>{visit.enterprise?.name ?? visit.premises?.name}</strong>
                  <br />
                  {visit.premises?.address}
                  <br />
                  <span class="soft">
                    {visit.plannedOn} · {KIND[visit.kind]} · {STATE[visit.state]}
                    {visit.urgent ? " · 紧急" : ""}
                  </span>
                  {here > 0 && <span class="bad"> · 待传 {here}</span>}
                </button>
              </li>
            );
          })}
      </ul>
    </>
  );
}

/** Visits whose enterprise the text names: by credit code inside it, or by part of a name. */
export function matching(visits: VisitFacts[], given: string): VisitFacts[] {
  const text = given.trim();
  if (!text) return [];
  const code = /[0-9A-HJ-NP-RTUW-Y]{18}/.exec(text.toUpperCase())?.[0];
  return visits.filter(({ enterprise, premises }) =>
    code ? enterprise?.creditCode === code : [enterprise?.name, enterprise?.creditCode, premises?.name].some((one) => one?.includes(text)),
  );
}

/** What the API would not take: a person looks at it, tries again or gives it up. */
function Refused({ waiting, store, onDone }: { waiting: Waiting; store: Store; onDone: () => Promise<void> }) {
  const acts = waiting.acts.filter((act) => act.refusal);
  const files = waiting.files.filter((file) => file.refusal);
  if (acts.length + files.length === 0) return null;
  return (
    <section class="card" aria-label="未被接受">
      <h2>系统没有接受</h2>
      {acts.map((act) => (
        <div key={act.id}>
          <p>
            <span class="bad">{ACT[act.kind]}</span> · {clock(new Date(act.at).toISOString())}
            <br />
            {act.refusal && refusalLine(act.refusal)}
          </p>
          <div class="row">
            <button type="button" onClick={() => void store.putAct({ ...act, id: crypto.randomUUID(), refusal: null }).then(() => store.dropAct(act.id)).then(onDone)}>
              再试一次
            </button>
            <button type="button" onClick={() => confirm("放弃这一项？不能恢复。") && void store.dropAct(act.id).then(onDone)}>
              放弃
            </button>
          </div>
        </div>
      ))}
      {files.map((file) => (
        <div key={file.id}>
          <p>
            <span class="bad">{file.filename}</span>
            <br />
            {file.refusal && refusalLine(file.refusal)}
          </p>
          <div class="row">
            <button type="button" onClick={() => void store.putFile({ ...file, refusal: null }).then(onDone)}>
              再试一次
            </button>
            <button type="button" onClick={() => confirm("放弃这个文件？不能恢复。") && void store.dropFile(file.id).then(onDone)}>
              放弃
            </button>
          </div>
        </div>
      ))}
    </section>
  );
}

type Detector = { detect: (source: HTMLVideoElement) => Promise<{ rawValue: string }[]> };
declare const BarcodeDetector: undefined | (new (given: { formats: string[] }) => Detector);

/** The camera as a scanner, on devices that can read QR codes themselves. */
function Scanner({ onFound }: { onFound: (text: string) => void }) {
  const [on, setOn] = useState(false);
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (!on || typeof BarcodeDetector === "undefined") return;
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    let stream: MediaStream | null = null;
    let over = false;
    const watch = async () => {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      if (over || !video.current) return stream.getTracks().forEach((track) => track.stop());
      video.current.srcObject = stream;
      await video.current.play();
      while (!over && video.current) {
        const [found] = await detector.detect(video.current).catch(() => []);
        if (found) {
          setOn(false);
          onFound(found.rawValue);
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    };
    void watch().catch(() => setOn(false));
    return () => {
      over = true;
      stream?.getTracks().forEach((track) => track.stop());
    };
  }, [on]);
  if (typeof BarcodeDetector === "undefined") return null;
  return (
    <>
      <button type="button" onClick={() => setOn(!on)}>
        {on ? "停止" : "扫码"}
      </button>
      {on && <video ref={video} muted playsInline aria-label="扫码取景" />}
    </>
  );
}
