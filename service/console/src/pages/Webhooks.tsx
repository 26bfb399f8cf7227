import { useState } from "react";
import { Alert, Modal, Select, Space, Typography } from "antd";
import { useQuery } from "urql";

import { useSession } from "../app/session";
import { graphql } from "../gql";
import type { WebhookDeliveryState } from "../gql/graphql";
import { ActButton, type FieldSpec } from "../parts/Act";
import { ConnectionTable } from "../parts/ConnectionTable";
import { legalDay, moment } from "../parts/format";
import { WEBHOOK_DELIVERY, WEBHOOK_ENDPOINT, WEBHOOK_OFF, options } from "../parts/labels";
import { StateTag } from "../parts/Tags";
import { useFilters } from "../parts/useSearch";

const Endpoints = graphql(`
  query ConsoleWebhookEndpoints($first: Int!, $after: String) {
    webhookEndpoints(first: $first, after: $after) {
      totalCount
      edges {
        node {
          id name url events state disabledReason failingSince formerKeyUntil appName
          usage { pending lost delivered }
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const Deliveries = graphql(`
  query ConsoleWebhookDeliveries($where: WebhookDeliveryWhere, $first: Int!, $after: String) {
    webhookDeliveries(where: $where, first: $first, after: $after) {
      totalCount
      edges {
        node {
          id event occurredAt sequence state reason attemptCount nextAttemptAt
          endpoint { id name }
          attempts { number at durationMs status error excerpt }
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const Choices = graphql(`
  query ConsoleWebhookChoices {
    webhookEventTypes { type }
    appGrants(state: ACTIVE, first: 100) { edges { node { id appName } } }
  }
`);
const Register = graphql(`mutation CpHookAdd($input: RegisterWebhookEndpointInput!) { registerWebhookEndpoint(input: $input) { endpoint { id } secret errors { code message path } } }`);
const Change = graphql(`mutation CpHookChange($input: ChangeWebhookEndpointInput!) { changeWebhookEndpoint(input: $input) { endpoint { id } errors { code message path } } }`);
const Enable = graphql(`mutation CpHookOn($input: EnableWebhookEndpointInput!) { enableWebhookEndpoint(input: $input) { endpoint { id } errors { code message path } } }`);
const Disable = graphql(`mutation CpHookOff($input: DisableWebhookEndpointInput!) { disableWebhookEndpoint(input: $input) { endpoint { id } errors { code message path } } }`);
const Rotate = graphql(`mutation CpHookRotate($input: RotateWebhookSecretInput!) { rotateWebhookSecret(input: $input) { endpoint { id } secret errors { code message path } } }`);
const Remove = graphql(`mutation CpHookRemove($input: RemoveWebhookEndpointInput!) { removeWebhookEndpoint(input: $input) { removedId errors { code message path } } }`);
const Ping = graphql(`mutation CpHookPing($input: PingWebhookEndpointInput!) { pingWebhookEndpoint(input: $input) { delivery { id } errors { code message path } } }`);
const Again = graphql(`mutation CpHookAgain($input: RedeliverWebhookInput!) { redeliverWebhook(input: $input) { delivery { id } errors { code message path } } }`);
const AllAgain = graphql(`mutation CpHookAllAgain($input: RedeliverLostWebhooksInput!) { redeliverLostWebhooks(input: $input) { count errors { code message path } } }`);

const SMALL = { size: "small" as const };
const RISKY = { size: "small" as const, danger: true };

/** Addresses at which applications hear of the town, and what was sent to them. */
export function Webhooks() {
  const { can } = useSession();
  const [filters, setFilters] = useFilters<"sent">();
  const [version, setVersion] = useState(0);
  const [secret, setSecret] = useState<string | null>(null);
  const [{ data: choices }] = useQuery({ query: Choices });
  const writable = can("WEBHOOK", "WRITE");
  const changed = () => setVersion((before) => before + 1);
  const opened = (shown: string | null | undefined) => {
    setSecret(shown ?? null);
    changed();
  };
  const events = choices?.webhookEventTypes.map(({ type }) => ({ value: type, label: type })) ?? [];
  const grants = choices?.appGrants.edges.map(({ node }) => ({ value: node.id, label: node.appName })) ?? [];
  const about = (initial?: { name: string; url: string; events: string[] }): FieldSpec[] => [
    { name: "name", label: "名称", required: true, max: 100, initial: initial?.name },
    { name: "url", label: "回调地址", required: true, max: 500, initial: initial?.url, help: "以 https:// 开头；政务内网地址须先由运维登记" },
    { name: "events", label: "事件", kind: "several", options: events, required: true, initial: initial?.events },
  ];
  const where = { states: filters.sent ? [filters.sent as WebhookDeliveryState] : null };
  return (
    <>
      {writable && (
        <div className="filters">
          <ActButton
            title="登记回调地址"
            document={Register}
            onDone={(data) => opened(data.registerWebhookEndpoint.secret)}
            button={{ type: "primary" }}
            intro="事件只含编号和状态，不含个人信息；应用凭自己的权限再查详情。"
            fields={[{ name: "grantId", label: "应用", kind: "choice", options: grants, required: true }, ...about()]}
          >
            登记回调地址
          </ActButton>
        </div>
      )}
      <ConnectionTable
        label="回调地址"
        query={Endpoints}
        variables={{}}
        version={version}
        pick={(data) => data.webhookEndpoints}
        empty="还没有登记回调地址"
        columns={[
          { title: "名称", cell: (row) => row.name },
          { title: "应用", cell: (row) => row.appName },
          { title: "地址", width: "22%", cell: (row) => <span className="mono break">{row.url}</span> },
          {
            title: "状态",
            cell: (row) => (
              <>
                <StateTag state={row.state} table={WEBHOOK_ENDPOINT} />
                {row.disabledReason && <div>{WEBHOOK_OFF[row.disabledReason]}</div>}
                {row.state === "ENABLED" && row.failingSince && <div>自 {moment(row.failingSince)} 起一直失败</div>}
                {row.formerKeyUntil && <div>旧密钥到 {moment(row.formerKeyUntil)}</div>}
              </>
            ),
          },
          { title: "七日送达", right: true, cell: (row) => row.usage.delivered },
          { title: "等待", right: true, cell: (row) => row.usage.pending },
          { title: "未送达", right: true, cell: (row) => row.usage.lost },
          {
            title: "办理",
            width: "24%",
            cell: (row) => {
              if (!writable) return "—";
              const fixed = { endpointId: row.id };
              return (
                <Space wrap>
                  {row.state === "ENABLED" ? (
                    <>
                      <ActButton title="发送测试消息" document={Ping} fixed={fixed} onDone={changed} confirm="发送" done="已发送" button={SMALL} intro={`向 ${row.url} 发送一条 webhook.ping。`}>
                        测试
                      </ActButton>
                      <ActButton
                        title="补发未送达"
                        document={AllAgain}
                        fixed={fixed}
                        onDone={changed}
                        confirm="补发"
                        button={SMALL}
                        shape={(values) => ({ since: `${String(values.since)}T00:00:00+08:00` })}
                        fields={[{ name: "since", label: "自哪一天起", kind: "day", required: true, initial: legalDay(new Date()) }]}
                      >
                        补发
                      </ActButton>
                      <ActButton title="停用回调地址" document={Disable} fixed={fixed} onDone={changed} confirm="停用" button={RISKY} intro="停用期间的事件会保留，启用后可以补发。">
                        停用
                      </ActButton>
                    </>
                  ) : (
                    <ActButton title="启用回调地址" document={Enable} fixed={fixed} onDone={changed} confirm="启用" button={SMALL} intro="启用后请补发停用期间的事件。">
                      启用
                    </ActButton>
                  )}
                  <ActButton title="修改回调地址" document={Change} fixed={fixed} onDone={changed} button={SMALL} fields={about(row)}>
                    修改
                  </ActButton>
                  <ActButton title="更换密钥" document={Rotate} fixed={fixed} onDone={(data) => opened(data.rotateWebhookSecret.secret)} confirm="更换" button={SMALL} intro="24 小时内新旧密钥同时有效。">
                    换密钥
                  </ActButton>
                  <ActButton title="删除回调地址" document={Remove} fixed={fixed} onDone={changed} confirm="删除" button={RISKY} intro={`${row.name} 及其发送记录将被删除。`}>
                    删除
                  </ActButton>
                </Space>
              );
            },
          },
        ]}
      />
      <h2>发送记录</h2>
      <div className="filters" role="search">
        <Select allowClear aria-label="发送状态" placeholder="发送状态" value={filters.sent} options={options(WEBHOOK_DELIVERY)} onChange={(sent) => setFilters({ sent })} />
      </div>
      <ConnectionTable
        label="发送记录"
        query={Deliveries}
        variables={{ where }}
        version={version}
        pick={(data) => data.webhookDeliveries}
        empty="没有符合条件的发送记录"
        columns={[
          { title: "事件", cell: (row) => <span className="mono">{row.event}</span> },
          { title: "回调", cell: (row) => row.endpoint.name },
          { title: "序号", right: true, cell: (row) => row.sequence, wideOnly: true },
          { title: "发生时间", cell: (row) => <span className="number">{moment(row.occurredAt)}</span> },
          {
            title: "状态",
            cell: (row) => (
              <>
                <StateTag state={row.state} table={WEBHOOK_DELIVERY} />
                {row.nextAttemptAt && <div>下次 {moment(row.nextAttemptAt)}</div>}
              </>
            ),
          },
          {
            title: "尝试",
            width: "28%",
            cell: (row) =>
              row.attempts.length === 0 ? (
                row.reason ? <span lang="en">{row.reason}</span> : "尚未发送"
              ) : (
                <details>
                  <summary>
                    {row.attemptCount} 次，最近 {row.attempts[0]?.status ?? "无应答"}
                  </summary>
                  <ol className="plain">
                    {row.attempts.map((one) => (
                      <li key={one.number} className="break">
                        第 {one.number} 次 {moment(one.at)}：{one.status ?? "无应答"}，{one.durationMs} 毫秒
                        {one.error && <span lang="en"> {one.error}</span>}
                        {one.excerpt && <div className="mono">{one.excerpt}</div>}
                      </li>
                    ))}
                  </ol>
                </details>
              ),
          },
          {
            title: "办理",
            cell: (row) =>
              writable && ["FAILED", "HELD", "DELIVERED"].includes(row.state) ? (
                <ActButton title="重新发送" document={Again} fixed={{ deliveryId: row.id }} onDone={changed} confirm="发送" button={SMALL} intro="以同一编号再发一次；应用按编号去重。">
                  重发
                </ActButton>
              ) : (
                "—"
              ),
          },
        ]}
      />
      {secret !== null && (
        <Modal open title="签名密钥" cancelButtonProps={{ style: { display: "none" } }} okText="我已保存" onOk={() => setSecret(null)} onCancel={() => setSecret(null)} mask={{ closable: false }}>
          <Alert type="warning" showIcon title="密钥只显示这一次，请交给应用的开发方保存。" style={{ marginBottom: 12 }} />
          <Typography.Text className="mono break" copyable={{ tooltips: ["复制", "已复制"] }}>
            {secret}
          </Typography.Text>
        </Modal>
      )}
    </>
  );
}
