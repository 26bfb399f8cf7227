import { Alert, Button, Card, Divider, Typography } from "antd";

import { SignInForm } from "./session";

const provider = document.querySelector<HTMLMetaElement>("meta[name=oidc]")?.content === "yes";

export function SignIn({ onDone, away }: { onDone: () => void; away: boolean }) {
  return (
    <main style={{ minHeight: "100dvh", display: "grid", placeItems: "center", padding: 16 }}>
      <Card style={{ width: "min(400px, 100%)" }}>
        <div style={{ textAlign: "center", marginBottom: 24 }}>
          <img src="/console/icon.svg" alt="" width={48} height={48} />
          <Typography.Title level={1} style={{ fontSize: 24, margin: "8px 0 0" }}>
            安商
          </Typography.Title>
          <Typography.Text type="secondary">商贸安全监管 · 镇街与区专委办</Typography.Text>
        </div>
        {away && <Alert type="warning" showIcon title="连接不上服务器，请检查网络" style={{ marginBottom: 16 }} />}
        <SignInForm onDone={onDone} />
        {provider && (
          <>
            <Divider plain>或</Divider>
            <Button block size="large" href={`/oidc/start?next=${encodeURIComponent(location.pathname)}`}>
              统一身份认证登录
            </Button>
          </>
        )}
        <p style={{ textAlign: "center", margin: "16px 0 0" }}>
          <a href="/console/phone/">手机执法页</a>
          {" · "}
          <a href="/">公示信息</a>
        </p>
      </Card>
    </main>
  );
}
