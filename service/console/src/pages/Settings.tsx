import { useState } from "react";
import { Alert, App, Button, Card, Checkbox, DatePicker, Form, Input, InputNumber, Modal, Select, Tabs } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { useClient, useQuery } from "urql";

import { explain } from "../app/client";
import { useSession } from "../app/session";
import { graphql } from "../gql";
import type { ConsoleSettingsQuery } from "../gql/graphql";
import { ActButton } from "../parts/Act";
import { detailText, refusalLine } from "../parts/refusals";
import { ConnectionTable } from "../parts/ConnectionTable";
import { Failure } from "../parts/Failure";
import { legalDay, moment } from "../parts/format";
import { PageHead } from "../parts/Page";
import { choiceName, settingGroups, settingMeans, settingName, settingSource, unit, valueText } from "../parts/settingNames";
import { SettingProposals } from "./SettingProposals";
import { Waiting } from "../parts/Waiting";
import { ToneTag } from "../parts/Tone";

const Ask = graphql(`
  query ConsoleSettings($id: ID!) {
    node(id: $id) {
      ... on Tenant { id name settings { key kind value default description unit expected source } }
    }
  }
`);
const Versions = graphql(`
  query ConsoleSettingVersions($id: ID!, $first: Int!, $after: String) {
    node(id: $id) {
      ... on Tenant {
        settingVersions(first: $first, after: $after) {
          totalCount
          edges { node { number effectiveFrom changes restores note author createdAt } }
          pageInfo { hasNextPage endCursor }
        }
      }
    }
  }
`);
const Preview = graphql(`
  query ConsoleSettingPreview($changes: [SettingChangeInput!]!, $from: Date) {
    settingPreview(changes: $changes, effectiveFrom: $from) { key before after }
  }
`);
const Change = graphql(`
  mutation ConsoleChangeSettings($input: ChangeTenantSettingsInput!) {
    changeTenantSettings(input: $input) { version { number } errors { code message path } }
  }
`);
const Restore = graphql(`
  mutation ConsoleRestoreSettings($input: RestoreTenantSettingsInput!) {
    restoreTenantSettings(input: $input) { version { number } errors { code message path } }
  }
`);

type Setting = Extract<NonNullable<ConsoleSettingsQuery["node"]>, { settings: unknown }>["settings"][number];
type Difference = { key: string; before: unknown; after: unknown };

function shown(one: Setting, value: unknown): string {
  return one.kind === "CHOICE" ? valueText(value) : `${valueText(value)}${one.unit ? ` ${unit(one.unit)}` : ""}`;
}

export function Settings() {
  const { viewer, can } = useSession();
  const id = viewer.tenant?.id ?? "";
  const [{ data, error, fetching }, again] = useQuery({ query: Ask, variables: { id }, pause: !id });
  const [version, setVersion] = useState(0);
  const tenant = data?.node && "settings" in data.node ? data.node : null;
  if (error && !tenant) return <Failure error={error} retry={again} />;
  if (fetching && !tenant) return <Waiting />;
  const changed = () => {
    again({ requestPolicy: "network-only" });
    setVersion((before) => before + 1);
  };
  return (
    <>
      <PageHead title="设置" />
      {!tenant ? (
        <Alert type="info" showIcon title="您的账号不属于任何镇街，没有可设置的内容" />
      ) : (
        <Tabs
          items={[
            { key: "now", label: "现行设置", children: <Editor settings={tenant.settings} writable={can("SETTINGS", "WRITE")} onDone={changed} /> },
            {
              key: "versions",
              label: "版本",
              children: (
                <ConnectionTable
                  label="设置版本"
                  query={Versions}
                  variables={{ id }}
                  version={version}
                  empty="还没有改过，用的是默认值"
                  pick={(found) => {
                    const versions = found.node && "settingVersions" in found.node ? found.node.settingVersions : null;
                    return {
                      totalCount: versions?.totalCount ?? 0,
                      edges: versions?.edges.map(({ node }) => ({ node: { ...node, id: String(node.number) } })) ?? [],
                      pageInfo: versions?.pageInfo ?? { hasNextPage: false, endCursor: null },
                    };
                  }}
                  columns={[
                    { title: "版本", cell: (row) => `第 ${row.number} 版${row.restores == null ? "" : `（恢复第 ${row.restores} 版）`}` },
                    { title: "生效日期", cell: (row) => <span className="number">{row.effectiveFrom}</span> },
                    {
                      title: "改动",
                      width: "34%",
                      cell: (row) =>
                        Object.entries(row.changes as Record<string, unknown>)
                          .map(([key, value]) => `${settingName(key)}：${value === null ? "恢复默认" : valueText(value)}`)
                          .join("；"),
                    },
                    { title: "说明", cell: (row) => row.note || "—" },
                    { title: "时间", cell: (row) => <span className="number">{moment(row.createdAt)}</span>, wideOnly: true },
                    {
                      title: "办理",
                      cell: (row) =>
                        can("SETTINGS", "WRITE") ? (
                          <ActButton
                            title={`恢复到第 ${row.number} 版`}
                            document={Restore}
                            fixed={{ version: row.number }}
                            onDone={changed}
                            button={{ size: "small" }}
                            intro="恢复会生成一个新版本，历史不会改变。"
                            fields={[
                              { name: "effectiveFrom", label: "生效日期", kind: "day", initial: legalDay(new Date()) },
                              { name: "note", label: "说明", required: true },
                            ]}
                          >
                            恢复
                          </ActButton>
                        ) : (
                          "—"
                        ),
                    },
                  ]}
                />
              ),
            },
            ...(can("SETTINGS", "PROPOSE", "WRITE") ? [{ key: "proposals", label: "专委办建议", children: <SettingProposals onDone={changed} /> }] : []),
          ]}
        />
      )}
    </>
  );
}

/** A value with its unit, as the card of its setting says it. */
function told(settings: Setting[], key: string, value: unknown): string {
  const one = settings.find((setting) => setting.key === key);
  return one ? shown(one, value) : valueText(value);
}

function Editor({ settings, writable, onDone }: { settings: Setting[]; writable: boolean; onDone: () => void }) {
  const client = useClient();
  const { message } = App.useApp();
  const [form] = Form.useForm<Record<string, unknown>>();
  const [from, setFrom] = useState<Dayjs>(dayjs(legalDay(new Date())));
  const [note, setNote] = useState("");
  const [differences, setDifferences] = useState<Difference[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const changes = () => {
    const values = form.getFieldsValue(true) as Record<string, unknown>;
    return settings.flatMap((one) => {
      const value = one.kind === "INTEGERS" ? ((values[one.key] as string[] | undefined) ?? []).map(Number) : values[one.key];
      return JSON.stringify(value) === JSON.stringify(one.value) || value === undefined ? [] : [{ key: one.key, value }];
    });
  };
  const preview = async () => {
    setProblem(null);
    const given = changes();
    if (given.length === 0) {
      void message.info("没有改动");
      return;
    }
    const answer = await client.query(Preview, { changes: given, from: from.format("YYYY-MM-DD") }, { requestPolicy: "network-only" }).toPromise();
    if (answer.data) setDifferences(answer.data.settingPreview);
    else {
      const told = answer.error && explain(answer.error);
      setProblem(told ? [told.title, detailText(told.detail)].filter(Boolean).join("：") : "预览没有成功");
    }
  };
  const save = async () => {
    const answer = await client.mutation(Change, { input: { changes: changes(), effectiveFrom: from.format("YYYY-MM-DD"), note, idempotencyKey: crypto.randomUUID() } }).toPromise();
    const errors = answer.data?.changeTenantSettings.errors ?? [];
    if (answer.error || errors.length > 0) {
      setProblem(errors[0] ? refusalLine(errors[0]) : "保存没有成功，请重试");
      setDifferences(null);
      return;
    }
    void message.success(`已保存为第 ${answer.data?.changeTenantSettings.version?.number} 版`);
    setDifferences(null);
    setNote("");
    onDone();
  };
  return (
    <>
      {problem && <Alert type="error" showIcon role="alert" title={problem} style={{ marginBottom: 12 }} />}
      <Form form={form} layout="vertical" initialValues={Object.fromEntries(settings.map((one) => [one.key, one.kind === "INTEGERS" ? (one.value as number[]).map(String) : one.value]))}>
        {settingGroups(settings).map(([name, group]) => (
          <section key={name} aria-label={name}>
            <h2 style={{ fontSize: 16, marginBlock: "16px 8px" }}>{name}</h2>
            <div className="tiles" style={{ gridTemplateColumns: "repeat(auto-fill, minmax(min(300px, 100%), 1fr))" }}>
              {group.map((one) => (
                <Card key={one.key} size="small">
                  {writable ? (
                    <Form.Item name={one.key} label={settingName(one.key)} valuePropName={one.kind === "BOOLEAN" ? "checked" : "value"} style={{ marginBottom: 4 }}>
                      {control(one)}
                    </Form.Item>
                  ) : (
                    <p style={{ margin: "0 0 4px" }}>
                      {settingName(one.key)}
                      <br />
                      <strong>{shown(one, one.value)}</strong>
                    </p>
                  )}
                  <div>
                    默认 {shown(one, one.default)}
                    {JSON.stringify(one.value) !== JSON.stringify(one.default) && <ToneTag style={{ marginInlineStart: 8 }}>已改</ToneTag>}
                  </div>
                  <div className="break">
                    {settingMeans(one.key) ?? <span lang="en">{one.description}</span>}
                    {one.source ? `。依据：${settingSource(one.source)}` : ""}
                  </div>
                </Card>
              ))}
            </div>
          </section>
        ))}
      </Form>
      {writable && (
        <div className="filters" style={{ marginTop: 16, alignItems: "center" }}>
          <label>
            生效日期 <DatePicker value={from} allowClear={false} onChange={(value) => value && setFrom(value)} />
          </label>
          <Button type="primary" onClick={() => void preview()}>
            预览改动
          </Button>
        </div>
      )}
      <Modal open={differences !== null} title="确认改动" okText="保存" okButtonProps={{ disabled: !differences?.length }} onCancel={() => setDifferences(null)} onOk={() => void save()}>
        {differences?.length === 0 ? (
          <p>这些改动到那一天没有差别。</p>
        ) : (
          <ul>
            {differences?.map((one) => (
              <li key={one.key} className="break">
                {settingName(one.key)}：{told(settings, one.key, one.before)} → <strong>{told(settings, one.key, one.after)}</strong>
                {settingMeans(one.key) && <div>{settingMeans(one.key)}</div>}
              </li>
            ))}
          </ul>
        )}
        <label>
          说明
          <Input value={note} onChange={(event) => setNote(event.target.value)} maxLength={200} />
        </label>
      </Modal>
    </>
  );
}

function control(one: Setting) {
  switch (one.kind) {
    case "INTEGER":
      return <InputNumber style={{ width: "100%" }} suffix={one.unit ? unit(one.unit) : undefined} />;
    case "BOOLEAN":
      return <Checkbox>是</Checkbox>;
    case "CHOICE":
      return <Select options={one.expected.replace(/^one of /, "").split(/[,，|/]| or /).map((value) => ({ value: value.trim(), label: choiceName(value.trim()) }))} />;
    case "INTEGERS":
      return <Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[",", "，", "、"]} />;
    default:
      return <Input />;
  }
}
