import { Component, type ReactNode } from "react";
import { Button, Result } from "antd";

export class ErrorBoundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    if (!this.state.error) return this.props.children;
    const stale = /dynamically imported module|Importing a module/.test(this.state.error.message);
    return (
      <Result
        status="error"
        title={<h1 style={{ margin: 0, fontSize: 24 }}>{stale ? "控制台已更新" : "页面出错了"}</h1>}
        subTitle={stale ? "请重新载入新版本。" : "其他页面不受影响。请重新载入，仍出错请把下面的内容告诉管理员。"}
        extra={
          <Button type="primary" onClick={() => location.reload()}>
            重新载入
          </Button>
        }
      >
        {!stale && <code className="break">{this.state.error.message}</code>}
      </Result>
    );
  }
}
