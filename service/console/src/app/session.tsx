import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { Alert, Button, Form, Input, Modal } from "antd";
import { Provider } from "urql";

import { graphql } from "../gql";
import type { MeQuery, Right, RightSubject } from "../gql/graphql";
import { guard, makeClient } from "./client";

const Me = graphql(`
  query Me {
    me {
      name
      role
      rights {
        subject
        rights
      }
      tenant {
        id
        name
        kind
        divisionCode
      }
      body {
        id
        name
      }
    }
  }
`);

export type Viewer = MeQuery["me"];

type Session = {
  viewer: Viewer;
  can: (subject: RightSubject, ...rights: Right[]) => boolean;
  signOut: () => Promise<void>;
};

const Current = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(Current);
  if (!session) throw new Error("no session");
  return session;
}

const TOLD: Record<string, string> = {
  SIGN_IN_FAILED: "账号或密码不对",
  ACCOUNT_SUSPENDED: "账号已停用，或所属镇街未启用，请联系管理员",
  RATE_LIMITED: "尝试次数过多，请稍后再试",
  FORBIDDEN: "请在本站页面登录",
};

/** Sign in by form, so that the session is a cookie no script can read. */
export async function enter(login: string, password: string): Promise<string | null> {
  try {
    const answer = await fetch("/sign-in", {
      method: "POST",
      body: new URLSearchParams({ login, password, next: "/console/" }),
      redirect: "manual",
    });
    if (answer.type === "opaqueredirect" || answer.ok) return null;
    const body = (await answer.json()) as { error?: { code?: string; message?: string; requestId?: string } };
    const told = TOLD[body.error?.code ?? ""] ?? "登录没有成功";
    const wait = answer.headers.get("retry-after");
    return wait ? `${told}（${wait} 秒后）` : told;
  } catch {
    return "连接不上服务器，请检查网络";
  }
}

export function SignInForm({ onDone, login }: { onDone: () => void; login?: string }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  return (
    <Form
      layout="vertical"
      requiredMark={false}
      initialValues={{ login }}
      onFinish={async (given: { login: string; password: string }) => {
        setBusy(true);
        const told = await enter(given.login, given.password);
        setBusy(false);
        setProblem(told);
        if (told === null) onDone();
      }}
    >
      {problem && <Alert type="error" showIcon title={problem} style={{ marginBottom: 16 }} role="alert" />}
      <Form.Item name="login" label="账号" rules={[{ required: true, message: "请输入账号" }]}>
        <Input autoComplete="username" size="large" autoFocus={!login} />
      </Form.Item>
      <Form.Item name="password" label="密码" rules={[{ required: true, message: "请输入密码" }]}>
        <Input.Password autoComplete="current-password" size="large" autoFocus={Boolean(login)} />
      </Form.Item>
      <Button type="primary" htmlType="submit" size="large" block loading={busy}>
        登录
      </Button>
    </Form>
  );
}

type Stage = { at: "asking" } | { at: "out"; away: boolean } | { at: "in"; viewer: Viewer };

export function SessionDoor({ children, outside }: { children: ReactNode; outside: (props: { onDone: () => void; away: boolean }) => ReactNode }) {
  const [client, setClient] = useState(makeClient);
  const [stage, setStage] = useState<Stage>({ at: "asking" });
  const [dialog, setDialog] = useState(false);
  const login = useRef("");
  const waiting = useRef<{ promise: Promise<void>; go: () => void } | null>(null);
  const inside = stage.at === "in";

  const ask = useCallback(async () => {
    const answer = await client.query(Me, {}, { requestPolicy: "network-only" }).toPromise();
    const viewer = answer.data?.me;
    const away = Boolean(answer.error?.networkError) && answer.error?.response === undefined;
    setStage(viewer && viewer.role !== "PUBLIC" ? { at: "in", viewer } : { at: "out", away });
  }, [client]);

  useEffect(() => {
    guard({
      signedIn: () => inside,
      askAgain: () => {
        if (!waiting.current) {
          let go = () => undefined as void;
          const promise = new Promise<void>((resolve) => (go = resolve));
          waiting.current = { promise, go };
          setDialog(true);
        }
        return waiting.current.promise;
      },
    });
  }, [inside]);

  useEffect(() => void ask(), [ask]);

  const leave = useCallback(async () => {
    await fetch("/sign-out", { method: "POST", redirect: "manual" }).catch(() => undefined);
    location.assign("/console/");
  }, []);

  const session = useMemo<Session | null>(() => {
    if (stage.at !== "in") return null;
    const held = new Map(stage.viewer.rights.map((row) => [row.subject, new Set(row.rights)]));
    return {
      viewer: stage.viewer,
      can: (subject, ...rights) => rights.some((right) => held.get(subject)?.has(right)),
      signOut: leave,
    };
  }, [stage, leave]);

  if (stage.at === "asking") return null;
  if (stage.at === "out") {
    const onDone = () => {
      setClient(makeClient());
      void ask();
    };
    return outside({ onDone, away: stage.away });
  }
  login.current = stage.viewer.name;
  return (
    <Provider value={client}>
      <Current.Provider value={session}>{children}</Current.Provider>
      <Modal open={dialog} title="登录已过期" footer={null} closable={false} mask={{ closable: false }} keyboard={false} destroyOnHidden>
        <p>请重新登录（{login.current}）。页面上填写的内容都还在，登录后继续。</p>
        <SignInForm
          onDone={() => {
            setDialog(false);
            waiting.current?.go();
            waiting.current = null;
          }}
        />
        <Button type="link" block onClick={() => void leave()} style={{ marginTop: 8 }}>
          换一个账号
        </Button>
      </Modal>
    </Provider>
  );
}
