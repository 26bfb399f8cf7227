/** @jsxImportSource preact */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import type { PhoneItemsQuery, PhoneOfficersQuery, PhoneViewerQuery, PhoneVisitsQuery } from "../gql/graphql";
import { call, CallFailed } from "../parts/call";
import { dayFromNow, legalDay } from "../parts/format";
import itemsText from "./documents/Items.graphql?raw";
import officersText from "./documents/Officers.graphql?raw";
import viewerText from "./documents/Viewer.graphql?raw";
import visitsText from "./documents/Visits.graphql?raw";
import { flush } from "./queue";
import { openStore, type Act, type Store, type StoredFile } from "./store";
import { Today } from "./Today";
import { Visit } from "./Visit";

export type VisitFacts = PhoneVisitsQuery["inspections"]["edges"][number]["node"];
export type OfficerFacts = PhoneOfficersQuery["officers"]["edges"][number]["node"];
type Viewer = PhoneViewerQuery["me"];

export type Waiting = { acts: Act[]; files: StoredFile[] };

const EVERY_MS = 20_000;
const DEVICE = "device"; // the store that belongs to nobody: who signed in last
const WHO = "account";

type Stage = { at: "starting" } | { at: "out"; told?: string } | { at: "in"; viewer: Viewer; store: Store };

export function Phone() {
  const [stage, setStage] = useState<Stage>({ at: "starting" });
  const [online, setOnline] = useState(navigator.onLine);
  const [visits, setVisits] = useState<VisitFacts[]>([]);
  const [officers, setOfficers] = useState<OfficerFacts[]>([]);
  const [titles, setTitles] = useState<Record<string, string>>({});
  const [waiting, setWaiting] = useState<Waiting>({ acts: [], files: [] });
  const [open, setOpen] = useState<string | null>(null);
  const [expired, setExpired] = useState(false);
  const busy = useRef(false);
  const asked = useRef(false);

  /** Who is signed in; without network whoever was last, from what this device keeps. */
  const start = useCallback(async () => {
    // Not in localStorage, which a browser writes when it pleases: a phone that dies would forget it.
    const device = await openStore(DEVICE);
    try {
      const { me } = await call<PhoneViewerQuery>(viewerText, {});
      if (me.role === "PUBLIC") return setStage({ at: "out" });
      const who = `${me.name}-${me.tenant?.name ?? ""}`;
      await device.write(WHO, who);
      const store = await openStore(who);
      await store.write("viewer", me);
      setStage({ at: "in", viewer: me, store });
    } catch (error) {
      const who = await device.read<string>(WHO);
      const offline = error instanceof CallFailed && error.code === "NETWORK";
      const store = offline && who ? await openStore(who) : null;
      const viewer = await store?.read<Viewer>("viewer");
      if (store && viewer) setStage({ at: "in", viewer, store });
      else setStage({ at: "out", told: offline ? "没有网络，且本机没有登录过" : undefined });
    }
  }, []);
  useEffect(() => void start(), [start]);

  const store = stage.at === "in" ? stage.store : null;

  const look = useCallback(async () => {
    if (!store) return;
    setWaiting({ acts: await store.acts(), files: await store.files() });
    setVisits((await store.read<VisitFacts[]>("visits")) ?? []);
    setOfficers((await store.read<OfficerFacts[]>("officers")) ?? []);
    setTitles((await store.read<Record<string, string>>("items")) ?? {});
  }, [store]);

  const exchange = useCallback(async () => {
    if (!store) return;
    try {
      const outcome = await flush(store, fetch, () => void look());
      setExpired(outcome === "signed-out");
      setOnline(outcome !== "offline");
      if (outcome === "sent") {
        await store.write("visits", await allVisits());
        await store.write("officers", await allOfficers());
        const { inspectionItems } = await call<PhoneItemsQuery>(itemsText, {});
        await store.write("items", Object.fromEntries(inspectionItems.edges.map(({ node }) => [node.code, node.title])));
      }
    } catch (error) {
      if (error instanceof CallFailed) {
        if (error.code === "UNAUTHENTICATED" || error.code === "FORBIDDEN") setExpired(true);
        else setOnline(false);
      }
    }
  }, [store, look]);

  /** Send what waits, then ask for what is new.  One round at a time, of all windows of the device. */
  const round = useCallback(async () => {
    asked.current = true;
    if (busy.current) return;
    busy.current = true;
    try {
      while (asked.current) {
        asked.current = false;
        await alone(exchange);
      }
    } finally {
      busy.current = false;
      await look();
    }
  }, [exchange, look]);

  useEffect(() => {
    if (!store) return;
    void look().then(round);
    const again = () => void round();
    const timer = setInterval(again, EVERY_MS);
    const lost = () => setOnline(false);
    addEventListener("online", again);
    addEventListener("offline", lost);
    document.addEventListener("visibilitychange", again);
    void navigator.storage?.persist?.();
    return () => {
      clearInterval(timer);
      removeEventListener("online", again);
      removeEventListener("offline", lost);
      document.removeEventListener("visibilitychange", again);
    };
  }, [store, look, round]);

  if (stage.at === "starting") return <main aria-busy="true" />;
  if (stage.at === "out") return <SignIn told={stage.told} onDone={() => void start()} />;
  const count = waiting.acts.length + waiting.files.length;
  const visit = visits.find((one) => one.id === open);
  const done = async () => {
    await look();
    void round();
  };
  const leave = async () => {
    if (count > 0 && !confirm(`还有 ${count} 项没有上传，退出后仍保留在本机，同一账号再次登录会继续上传。确定退出吗？`)) return;
    await fetch("/sign-out", { method: "POST", redirect: "manual" }).catch(() => undefined);
    if (count === 0) await stage.store.clear();
    await (await openStore(DEVICE)).clear();
    setStage({ at: "out" });
  };
  return (
    <>
      <header>
        {visit && (
          <button type="button" aria-label="返回" onClick={() => setOpen(null)}>
            ‹
          </button>
        )}
        <h1>{visit ? (visit.enterprise?.name ?? visit.premises?.name) : "今日检查"}</h1>
        <span role="status" class={online ? "good" : "bad"}>
          {online ? "在线" : "离线"}
          {count > 0 ? ` · 待传 ${count}` : ""}
        </span>
      </header>
      <main>
        {expired && (
          <section class="card">
            <p class="bad">登录已过期，已填写的内容都在本机，登录后继续上传。</p>
            <SignInForm
              onDone={() => {
                setExpired(false);
                void round();
              }}
            />
          </section>
        )}
        {visit ? (
          <Visit visit={visit} officers={officers} titles={titles} waiting={waiting} store={stage.store} onDone={done} online={online} />
        ) : (
          <Today visits={visits} waiting={waiting} store={stage.store} onOpen={setOpen} onDone={done} />
        )}
        {!visit && (
          <p class="soft">
            {stage.viewer.name} · {stage.viewer.tenant?.name}{" "}
            <button type="button" onClick={() => void leave()}>
              退出登录
            </button>
          </p>
        )}
      </main>
    </>
  );
}

/** Do it unless another window of this device is at it, which then does it for both. */
async function alone(work: () => Promise<void>): Promise<void> {
  if (!navigator.locks) return work();
  await navigator.locks.request("anshang-phone", { ifAvailable: true }, (free) => (free ? work() : undefined));
}

async function allVisits(): Promise<VisitFacts[]> {
  const today = legalDay(new Date());
  const found: VisitFacts[] = [];
  let after: string | null = null;
  do {
    const data: PhoneVisitsQuery = await call<PhoneVisitsQuery>(visitsText, { from: dayFromNow(-7), to: dayFromNow(1, today), after });
    found.push(...data.inspections.edges.map((edge) => edge.node));
    after = data.inspections.pageInfo.hasNextPage ? (data.inspections.pageInfo.endCursor ?? null) : null;
  } while (after && found.length < 300);
  return found;
}

async function allOfficers(): Promise<OfficerFacts[]> {
  const found: OfficerFacts[] = [];
  let after: string | null = null;
  do {
    const data: PhoneOfficersQuery = await call<PhoneOfficersQuery>(officersText, { on: legalDay(new Date()), after });
    found.push(...data.officers.edges.map((edge) => edge.node));
    after = data.officers.pageInfo.hasNextPage ? (data.officers.pageInfo.endCursor ?? null) : null;
  } while (after && found.length < 500);
  return found;
}

function SignIn({ onDone, told }: { onDone: () => void; told?: string }) {
  return (
    <>
      <header>
        <h1>安商 · 手机执法</h1>
      </header>
      <main>
        {told && <p class="note bad">{told}</p>}
        <SignInForm onDone={onDone} />
      </main>
    </>
  );
}

function SignInForm({ onDone }: { onDone: () => void }) {
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    try {
      const answer = await fetch("/sign-in", {
        method: "POST",
        body: new URLSearchParams({ login: String(given.get("login")), password: String(given.get("password")), next: "/console/phone/" }),
        redirect: "manual",
      });
      if (answer.type === "opaqueredirect" || answer.ok) onDone();
      else setProblem(answer.status === 429 ? "尝试次数过多，请稍后再试" : "账号或密码不对");
    } catch {
      setProblem("连接不上服务器，请检查网络");
    }
    setBusy(false);
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      {problem && (
        <p class="note bad" role="alert">
          {problem}
        </p>
      )}
      <label>
        账号
        <input name="login" autocomplete="username" required />
      </label>
      <label>
        密码
        <input name="password" type="password" autocomplete="current-password" required />
      </label>
      <button class="act" disabled={busy}>
        登录
      </button>
    </form>
  );
}
