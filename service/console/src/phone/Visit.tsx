/** @jsxImportSource preact */
import type { TargetedPointerEvent, TargetedSubmitEvent } from "preact";
import { useRef, useState } from "preact/hooks";
import { renderSVG } from "uqr";

import type { HazardCategory, InspectionItemResult } from "../gql/graphql";
import { call, CallFailed } from "../parts/call";
import { clock, dayFromNow } from "../parts/format";
import { refusalLine } from "../parts/refusals";
import codeText from "./documents/Code.graphql?raw";
import issueText from "./documents/Issue.graphql?raw";
import type { OfficerFacts, VisitFacts, Waiting } from "./Phone";
import { placing } from "./queue";
import type { ActKind, Store } from "./store";
import { ACT, CATEGORY, KIND, RESULT, STATE } from "./words";

type Props = { visit: VisitFacts; officers: OfficerFacts[]; titles: Record<string, string>; waiting: Waiting; store: Store; onDone: () => Promise<void>; online: boolean };
type Place = { latitude: number; longitude: number } | null;

/** Where the device is, if it tells within a few seconds: a basement has no satellites. */
function place(): Promise<Place> {
  return new Promise((resolve) => {
    if (!navigator.geolocation) return resolve(null);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ latitude: coords.latitude, longitude: coords.longitude }),
      () => resolve(null),
      { enableHighAccuracy: true, timeout: 8000, maximumAge: 60_000 },
    );
  });
}

export function Visit({ visit, officers, titles, waiting, store, onDone, online }: Props) {
  const mine = waiting.acts.filter((act) => act.inspectionId === visit.id);
  const files = waiting.files.filter((file) => file.inspectionId === visit.id);
  const did = (kind: ActKind) => mine.some((act) => act.kind === kind);
  const act = async (kind: ActKind, input: Record<string, unknown>) => {
    await store.keep([{ inspectionId: visit.id, kind, input }]);
    await onDone();
  };
  const fixed = { inspectionId: visit.id };
  const arrived = visit.state === "ON_SITE" || did("CheckIn");
  const signed = visit.state === "RECORD_SIGNED" || visit.state === "RECORD_REFUSED" || did("Sign");
  const ended = did("Conclude") || did("Order");
  return (
    <>
      <section class="card">
        {visit.premises?.name} · {visit.premises?.address}
        <br />
        <span class="soft">
          {KIND[visit.kind]} · {visit.plannedOn} · {STATE[visit.state]}
        </span>
        <br />
        事项：{visit.items.map((code) => titles[code] ?? code).join("、")}
        <br />
        依据：{visit.basis}
      </section>
      {(mine.length > 0 || files.length > 0) && (
        <section class="card" aria-label="待上传">
          <h2>待上传</h2>
          <ul>
            {mine.map((one) => (
              <li key={one.id}>
                {ACT[one.kind]} {clock(new Date(one.at).toISOString())} {one.refusal && <span class="bad">未被接受：{refusalLine(one.refusal)}</span>}
              </li>
            ))}
            {files.map((one) => (
              <li key={one.id}>
                {one.filename} {one.refusal && <span class="bad">未被接受：{refusalLine(one.refusal)}</span>}
              </li>
            ))}
          </ul>
        </section>
      )}
      {["TASK_APPROVED", "CODED"].includes(visit.state) && <Code visit={visit} online={online} />}
      {!arrived && visit.possibleSteps.includes("CHECK_IN") && <CheckIn officers={officers} onSend={(input) => act("CheckIn", { ...fixed, ...input })} />}
      {arrived && !signed && <Checks visit={visit} titles={titles} onSend={(entries) => act("Checks", { ...fixed, entries, capturedAt: new Date().toISOString() })} sent={did("Checks")} />}
      {(arrived || signed) && <Photos visit={visit} store={store} onDone={onDone} />}
      {arrived && !signed && <Hazard visit={visit} onSend={(input) => act("Hazard", input)} />}
      {arrived && !signed && (
        <Sign
          visit={visit}
          onSend={async (input, picture) => {
            const capturedAt = new Date().toISOString();
            const signature = picture ? [{ ...fixed, blob: picture, filename: "签名.png", capturedAt, location: null }] : [];
            // Together: a signature without its record would be drawn, and sent, a second time.
            await store.keep([{ ...fixed, kind: "Sign", input: { ...fixed, ...input, capturedAt } }], signature);
            await onDone();
          }}
        />
      )}
      {signed && !ended && !["NO_ISSUE", "RECTIFY_ORDERED", "CLOSED"].includes(visit.state) && (
        <End onConclude={() => act("Conclude", fixed)} onOrder={(input) => act("Order", { ...fixed, ...input })} />
      )}
    </>
  );
}

/** The enforcement code that is shown to the enterprise: it needs the server, for it is signed. */
function Code({ visit, online }: { visit: VisitFacts; online: boolean }) {
  const [shown, setShown] = useState<{ code: string; validUntil: string } | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const show = async () => {
    setProblem(null);
    try {
      if (visit.state === "TASK_APPROVED") {
        const data = await call<Record<string, { errors: { code: string; message: string }[] }>>(issueText, { input: { inspectionId: visit.id, idempotencyKey: `code-${visit.id}` } });
        const refusal = Object.values(data)[0]?.errors[0];
        if (refusal) return setProblem(refusalLine(refusal));
      }
      const { enforcementCode } = await call<{ enforcementCode: { code: string; validUntil: string } | null }>(codeText, { id: visit.id });
      setShown(enforcementCode);
      if (!enforcementCode) setProblem("现在没有执法码");
    } catch (error) {
      setProblem(error instanceof CallFailed ? (error.code === "NETWORK" ? error.message : refusalLine(error)) : "没有成功，请重试");
    }
  };
  return (
    <section class="card code" aria-label="执法码">
      <h2>执法码</h2>
      {shown ? (
        <>
          <div role="img" aria-label="执法码二维码" dangerouslySetInnerHTML={{ __html: renderSVG(shown.code, { border: 2 }) }} />
          <p class="soft">请企业扫码核验，{clock(shown.validUntil)} 前有效。</p>
        </>
      ) : (
        <button type="button" disabled={!online} onClick={() => void show()}>
          {online ? "出示执法码" : "联网后可出示"}
        </button>
      )}
      {problem && (
        <p class="bad" role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}

function fields(event: TargetedSubmitEvent<HTMLFormElement>): FormData {
  event.preventDefault();
  return new FormData(event.currentTarget);
}

function CheckIn({ officers, onSend }: { officers: OfficerFacts[]; onSend: (input: Record<string, unknown>) => Promise<void> }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [search, setSearch] = useState("");
  const [chosen, setChosen] = useState<string[]>([]);
  const send = async (event: TargetedSubmitEvent<HTMLFormElement>) => {
    const given = fields(event);
    if (chosen.length < 2) return setProblem("执法人员不得少于两人");
    setBusy(true);
    const capturedAt = new Date().toISOString();
    const where = await place();
    await onSend({ officerIds: chosen, capturedAt, ...(where ?? {}), place: String(given.get("place") ?? "").trim(), device: navigator.userAgent.slice(0, 100) });
    setBusy(false);
  };
  const shown = officers.filter((one) => chosen.includes(one.id) || !search || one.name.includes(search) || one.cardNo.includes(search)).slice(0, 30);
  return (
    <form class="card" onSubmit={(event) => void send(event)}>
      <h2>到场</h2>
      <fieldset class="card">
        <legend>到场执法人员（至少两人）</legend>
        {officers.length > 8 && (
          <label>
            按姓名或证号查找
            <input value={search} onInput={(event) => setSearch(event.currentTarget.value)} />
          </label>
        )}
        {officers.length === 0 && <p class="bad">联网后才有执法人员名单</p>}
        {shown.map((one) => (
          <label key={one.id} class="tick">
            <input
              type="checkbox"
              checked={chosen.includes(one.id)}
              onChange={(event) => setChosen(event.currentTarget.checked ? [...chosen, one.id] : chosen.filter((id) => id !== one.id))}
            />
            {one.name}（{one.cardNo}）
          </label>
        ))}
      </fieldset>
      <label>
        地点说明
        <input name="place" maxLength={100} />
      </label>
      {problem && (
        <p class="bad" role="alert">
          {problem}
        </p>
      )}
      <button class="act" disabled={busy}>
        {busy ? "定位中" : "到场"}
      </button>
    </form>
  );
}

function Checks({ visit, titles, onSend, sent }: { visit: VisitFacts; titles: Record<string, string>; onSend: (entries: unknown[]) => Promise<void>; sent: boolean }) {
  const before = new Map(visit.checks.map((one) => [one.item, one]));
  const [results, setResults] = useState<Record<string, InspectionItemResult>>(() =>
    Object.fromEntries(visit.items.flatMap((item) => (before.get(item) && before.get(item)!.result !== "NOT_CHECKED" ? [[item, before.get(item)!.result]] : []))),
  );
  const [problem, setProblem] = useState<string | null>(null);
  const send = async (event: TargetedSubmitEvent<HTMLFormElement>) => {
    const given = fields(event);
    const entries = visit.items.flatMap((item, at) => {
      const result = results[item];
      if (!result) return [];
      const note = String(given.get(`note-${at}`) ?? "").trim();
      return [{ item, result, note, hazardCategory: result === "NOT_COMPLIANT" ? (given.get(`category-${at}`) as HazardCategory | null) : null }];
    });
    if (entries.length === 0) return setProblem("请至少选一项的结果");
    if (entries.some((one) => one.result === "NOT_COMPLIANT" && !one.note)) return setProblem("不符合的事项要写明情况");
    setProblem(null);
    await onSend(entries);
  };
  return (
    <form class="card" onSubmit={(event) => void send(event)}>
      <h2>逐项检查{sent ? "（已记录，可修改后再记录）" : ""}</h2>
      {visit.items.map((item, at) => (
        <fieldset key={item} class="card">
          <legend>{titles[item] ?? item}</legend>
          {(Object.entries(RESULT) as [InspectionItemResult, string][]).map(([value, label]) => (
            <label key={value} class="tick">
              <input type="radio" name={`result-${at}`} checked={results[item] === value} onChange={() => setResults({ ...results, [item]: value })} />
              {label}
            </label>
          ))}
          {results[item] === "NOT_COMPLIANT" && (
            <label>
              隐患类别
              <select name={`category-${at}`}>
                {Object.entries(CATEGORY).map(([value, label]) => (
                  <option key={value} value={value}>
                    {label}
                  </option>
                ))}
              </select>
            </label>
          )}
          {results[item] && (
            <label>
              情况
              <textarea name={`note-${at}`} maxLength={500} defaultValue={before.get(item)?.note ?? ""} />
            </label>
          )}
        </fieldset>
      ))}
      {problem && (
        <p class="bad" role="alert">
          {problem}
        </p>
      )}
      <button class="act">记录检查结果</button>
    </form>
  );
}

function Photos({ visit, store, onDone }: { visit: VisitFacts; store: Store; onDone: () => Promise<void> }) {
  const [problem, setProblem] = useState<string | null>(null);
  const [kept, setKept] = useState(0);
  const take = async (list: FileList | null) => {
    setProblem(null);
    const where = place();
    const taken = Array.from(list ?? [], (file) => ({
      inspectionId: visit.id,
      blob: file,
      filename: file.name,
      capturedAt: new Date(Math.min(file.lastModified, Date.now())).toISOString(),
      location: null,
    }));
    let ids: string[] = [];
    try {
      // Kept before anything else: to find the place takes seconds, and the device may die in them.
      ids = await store.keep([], taken);
      ids.forEach((id) => placing.add(id));
      setKept((before) => before + ids.length);
      await onDone();
      const location = await where;
      if (location) for (const id of ids) await store.amendFile(id, { location });
    } catch {
      setProblem("本机存储空间不足，请先联网上传");
    }
    ids.forEach((id) => placing.delete(id));
    await onDone();
  };
  return (
    <section class="card" aria-label="照片和视频">
      <h2>照片和视频</h2>
      <label>
        拍照或选择文件
        <input
          type="file"
          accept="image/*,video/*,application/pdf"
          multiple
          onChange={(event) => {
            const input = event.currentTarget;
            void take(input.files).then(() => (input.value = ""));
          }}
        />
      </label>
      {kept > 0 && (
        <p class="soft" role="status">
          本次已保存 {kept} 个，联网后自动上传，可以断点续传。
        </p>
      )}
      {problem && (
        <p class="bad" role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}

function Hazard({ visit, onSend }: { visit: VisitFacts; onSend: (input: Record<string, unknown>) => Promise<void> }) {
  const [kept, setKept] = useState(false);
  if (!visit.premises) return null;
  const send = async (event: TargetedSubmitEvent<HTMLFormElement>) => {
    const form = event.currentTarget;
    const given = fields(event);
    await onSend({ premisesId: visit.premises!.id, category: given.get("category"), description: String(given.get("description")).trim(), source: "INSPECTION" });
    form.reset();
    setKept(true);
  };
  return (
    <details class="card">
      <summary>另报隐患</summary>
      <form onSubmit={(event) => void send(event)}>
        <label>
          类别
          <select name="category">
            {Object.entries(CATEGORY).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <label>
          隐患描述
          <textarea name="description" required maxLength={1000} />
        </label>
        <button>记录隐患</button>
        {kept && (
          <p class="soft" role="status">
            已记录
          </p>
        )}
      </form>
    </details>
  );
}

function Sign({ visit, onSend }: { visit: VisitFacts; onSend: (input: Record<string, unknown>, picture: Blob | null) => Promise<void> }) {
  const [refused, setRefused] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const drawn = useRef(false);
  const send = async (event: TargetedSubmitEvent<HTMLFormElement>) => {
    const given = fields(event);
    const text = (name: string) => String(given.get(name) ?? "").trim();
    if (!refused && !drawn.current) return setProblem("请企业人员在框内签名，或选择拒绝签字");
    setProblem(null);
    const picture = refused ? null : await new Promise<Blob | null>((resolve) => canvas.current!.toBlob(resolve, "image/png"));
    await onSend(
      refused
        ? { findings: text("findings"), handling: text("handling"), place: text("place"), signature: "REFUSED", refusalReason: text("reason"), refusalWitness: text("witness") }
        : { findings: text("findings"), handling: text("handling"), place: text("place"), signature: "SIGNED", signedBy: text("signedBy") },
      picture,
    );
  };
  const bad = visit.checks.filter((one) => one.result === "NOT_COMPLIANT");
  return (
    <form class="card" onSubmit={(event) => void send(event)}>
      <h2>现场检查笔录</h2>
      <label>
        发现情况
        <textarea name="findings" required rows={4} maxLength={4000} defaultValue={bad.map((one) => `${one.item}：${one.note ?? ""}`).join("\n")} />
      </label>
      <label>
        处理意见
        <textarea name="handling" required rows={3} maxLength={2000} />
      </label>
      <label>
        地点
        <input name="place" required minLength={2} maxLength={300} defaultValue={[visit.premises?.name, visit.premises?.address].filter(Boolean).join("，")} />
      </label>
      <label class="tick">
        <input type="checkbox" checked={refused} onChange={(event) => setRefused(event.currentTarget.checked)} />
        企业拒绝签字
      </label>
      {refused ? (
        <>
          <label>
            拒签情况
            <input name="reason" required maxLength={200} />
          </label>
          <label>
            见证人
            <input name="witness" required maxLength={100} />
          </label>
        </>
      ) : (
        <>
          <label>
            签字人姓名和职务
            <input name="signedBy" required maxLength={100} />
          </label>
          <Signature canvas={canvas} onDraw={() => (drawn.current = true)} onClear={() => (drawn.current = false)} />
        </>
      )}
      {problem && (
        <p class="bad" role="alert">
          {problem}
        </p>
      )}
      <button class="act">{refused ? "注明拒签" : "签字完成"}</button>
    </form>
  );
}

function Signature({ canvas, onDraw, onClear }: { canvas: { current: HTMLCanvasElement | null }; onDraw: () => void; onClear: () => void }) {
  const last = useRef<[number, number] | null>(null);
  const at = (event: TargetedPointerEvent<HTMLCanvasElement>): [number, number] => {
    const box = event.currentTarget.getBoundingClientRect();
    return [((event.clientX - box.left) * event.currentTarget.width) / box.width, ((event.clientY - box.top) * event.currentTarget.height) / box.height];
  };
  return (
    <>
      <canvas
        ref={canvas}
        class="signature"
        width={1000}
        height={400}
        role="img"
        aria-label="签名框"
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          last.current = at(event);
        }}
        onPointerMove={(event) => {
          if (!last.current) return;
          const context = event.currentTarget.getContext("2d")!;
          const next = at(event);
          context.lineWidth = 6;
          context.lineCap = "round";
          context.strokeStyle = "#000";
          context.beginPath();
          context.moveTo(...last.current);
          context.lineTo(...next);
          context.stroke();
          last.current = next;
          onDraw();
        }}
        onPointerUp={() => (last.current = null)}
      />
      <button
        type="button"
        onClick={() => {
          canvas.current?.getContext("2d")?.clearRect(0, 0, 1000, 400);
          onClear();
        }}
      >
        重签
      </button>
    </>
  );
}

function End({ onConclude, onOrder }: { onConclude: () => Promise<void>; onOrder: (input: Record<string, unknown>) => Promise<void> }) {
  return (
    <section class="card" aria-label="结束检查">
      <h2>结束检查</h2>
      <button type="button" onClick={() => confirm("确认本次检查未发现问题？") && void onConclude()}>
        未发现问题
      </button>
      <form
        onSubmit={(event) => {
          const given = fields(event);
          void onOrder({ measures: String(given.get("measures")).trim(), until: given.get("until") });
        }}
      >
        <label>
          责令措施
          <textarea name="measures" required maxLength={2000} />
        </label>
        <label>
          改正期限
          <input name="until" type="date" required defaultValue={dayFromNow(15)} />
        </label>
        <button class="act">责令改正</button>
      </form>
    </section>
  );
}
