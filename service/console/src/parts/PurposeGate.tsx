import { useRef, useState, type ReactNode } from "react";
import { Alert, Button, Form, Input } from "antd";
import { useClient, type TypedDocumentNode } from "urql";

import { explain } from "../app/client";
import { payloadOf } from "./payload";
import { refusalLine } from "./refusals";

export type Purpose<One> = {
  needed: boolean;
  document: TypedDocumentNode<any, { input: any }>;
  input: (id: string, purpose: string) => Record<string, unknown>;
  pick: (data: any) => One | null | undefined;
};

/** Ask why before showing; the answer stays with the town as a receipt. */
export function PurposeGate<One>({ id, purpose, children }: { id: string; purpose: Purpose<One>; children: (one: One) => ReactNode }) {
  const client = useClient();
  const [one, setOne] = useState<One | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const key = useRef(crypto.randomUUID());
  const look = async ({ why }: { why: string }) => {
    setBusy(true);
    setProblem(null);
    const answer = await client.mutation(purpose.document, { input: { ...purpose.input(id, why.trim()), idempotencyKey: key.current } }).toPromise();
    setBusy(false);
    const refused = payloadOf(answer.data)?.errors[0];
    if (answer.error) setProblem(explain(answer.error).title);
    else if (refused) {
      key.current = crypto.randomUUID();
      setProblem(refusalLine(refused));
    } else setOne(purpose.pick(answer.data) ?? null);
  };
  if (one) {
    return (
      <>
        <Alert type="info" showIcon title="这次查阅已记入该镇街的查阅回执" style={{ marginBottom: 12 }} />
        {children(one)}
      </>
    );
  }
  return (
    <Form layout="vertical" requiredMark={false} onFinish={(given: { why: string }) => void look(given)}>
      <p>详情属于镇街。请说明查阅目的；目的、时间和查阅人会留给该镇街。</p>
      {problem && <Alert type="error" showIcon role="alert" title={problem} style={{ marginBottom: 12 }} />}
      <Form.Item name="why" label="查阅目的" rules={[{ required: true, whitespace: true, min: 6, message: "请用至少六个字说明查阅目的" }]}>
        <Input.TextArea rows={3} maxLength={400} />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={busy}>
        查阅
      </Button>
    </Form>
  );
}
