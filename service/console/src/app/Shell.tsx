import { Suspense, useEffect, useState } from "react";
import { Button, Drawer, Dropdown, Flex, Grid, Layout, Menu, Spin, Typography, theme } from "antd";
import { BulbOutlined, LogoutOutlined, MenuOutlined, UserOutlined } from "@ant-design/icons";
import { Link, Outlet, useLocation, useNavigate } from "react-router";

import { ROLE } from "../parts/labels";
import { ErrorBoundary } from "./ErrorBoundary";
import { grouped, menuFor } from "./menu";
import { useSession } from "./session";
import { useLook, type Look } from "./theme";

const LOOKS: { key: Look; label: string }[] = [
  { key: "system", label: "跟随系统" },
  { key: "light", label: "浅色" },
  { key: "dark", label: "深色" },
];

export function Shell() {
  const session = useSession();
  const { viewer } = session;
  const { look, choose } = useLook();
  const { token } = theme.useToken();
  const wide = Grid.useBreakpoint().lg ?? true;
  const [open, setOpen] = useState(false);
  const location = useLocation();
  const navigate = useNavigate();
  const items = menuFor(session);
  const here = `/${location.pathname.split("/")[1] ?? ""}`;
  const title = items.find((item) => item.path === here)?.label;

  useEffect(() => {
    document.title = title ? `${title} · 安商` : "安商 · 商贸安全监管";
  }, [title]);

  const menu = (
    <Menu
      mode="inline"
      selectedKeys={[here]}
      style={{ borderInlineEnd: 0 }}
      items={grouped(items).map(([name, entries]) => ({
        key: name,
        type: "group" as const,
        label: name,
        children: entries.map((item) => ({ key: item.path, icon: <span aria-hidden>{item.icon}</span>, label: <Link to={item.path}>{item.label}</Link> })),
      }))}
      onClick={() => setOpen(false)}
    />
  );

  return (
    <Layout style={{ minHeight: "100dvh" }}>
      <a className="skip" href="#content">
        跳到内容
      </a>
      <Layout.Header
        style={{
          position: "sticky",
          top: 0,
          zIndex: 10,
          display: "flex",
          alignItems: "center",
          gap: 12,
          paddingInline: wide ? 24 : 12,
          background: token.colorBgContainer,
          borderBottom: `1px solid ${token.colorBorderSecondary}`,
        }}
      >
        {!wide && <Button type="text" icon={<MenuOutlined />} aria-label="打开菜单" aria-expanded={open} onClick={() => setOpen(true)} />}
        <Link to="/" style={{ display: "flex", alignItems: "center", gap: 8, color: token.colorText, fontWeight: 600, fontSize: 18, whiteSpace: "nowrap" }}>
          <img src="/console/icon.svg" alt="" width={28} height={28} />
          安商
        </Link>
        <Typography.Text ellipsis style={{ flex: 1, minWidth: 0 }} title={viewer.tenant?.name}>
          {viewer.tenant?.name}
          {viewer.body && viewer.body.name !== viewer.tenant?.name ? ` · ${viewer.body.name}` : ""}
        </Typography.Text>
        <Dropdown
          trigger={["click"]}
          menu={{ selectedKeys: [look], items: LOOKS, onClick: ({ key }) => choose(key as Look) }}
        >
          <Button type="text" icon={<BulbOutlined />} aria-label="明暗" />
        </Dropdown>
        <Dropdown
          trigger={["click"]}
          menu={{
            items: [
              { key: "who", label: `${viewer.name} · ${ROLE[viewer.role]}`, disabled: true },
              { type: "divider" },
              ...(session.can("INSPECTION", "WRITE") ? [{ key: "phone", label: <a href="/console/phone/">手机执法页</a> }] : []),
              { key: "out", icon: <LogoutOutlined />, label: "退出登录" },
            ],
            onClick: ({ key }) => {
              if (key === "out") void session.signOut();
            },
          }}
        >
          <Button type="text" icon={<UserOutlined />} aria-label={`账号 ${viewer.name}`}>
            {wide ? viewer.name : null}
          </Button>
        </Dropdown>
      </Layout.Header>
      <Layout>
        {wide ? (
          <Layout.Sider width={208} theme="light" style={{ background: token.colorBgContainer }}>
            <nav aria-label="主菜单" style={{ position: "sticky", top: 64, maxHeight: "calc(100dvh - 64px)", overflowY: "auto" }}>
              {menu}
            </nav>
          </Layout.Sider>
        ) : (
          <Drawer open={open} onClose={() => setOpen(false)} placement="left" size={260} title="菜单" styles={{ body: { padding: 0 } }}>
            <nav aria-label="主菜单">{menu}</nav>
          </Drawer>
        )}
        <Layout.Content id="content" tabIndex={-1} style={{ padding: wide ? 24 : 12, minWidth: 0, outline: "none" }}>
            <ErrorBoundary key={location.pathname}>
              <Suspense fallback={<Flex justify="center" style={{ padding: 48 }}><Spin aria-label="载入中" /></Flex>}>
                <Outlet context={{ navigate }} />
              </Suspense>
            </ErrorBoundary>
        </Layout.Content>
      </Layout>
    </Layout>
  );
}
