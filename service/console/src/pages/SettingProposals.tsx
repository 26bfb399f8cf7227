import { useMemo, useState } from "react";
import { Alert, Card, Checkbox, Empty, Select, Table } from "antd";
import { useQuery } from "urql";

import { useSession } from "../app/session";
import { graphql } from "../gql";
import { ActButton } from "../parts/Act";
import { ConnectionTable } from "../parts/ConnectionTable";
import { Failure } from "../parts/Failure";
import { day, legalDay, moment } from "../parts/format";
import { settingMeans, settingName, valueText } from "../parts/settingNames";
import { ToneTag } from "../parts/Tone";
import { Waiting } from "../parts/Waiting";

const List = graphql(`
  query ConsoleSettingProposals($first: Int!, $after: String) {
    settingProposals(first: $first, after: $after) {
      totalCount
      edges {
        node {
          id sourceName targetName effectiveFrom note createdAt
          differences { key before after }
          answer { version keys reason createdAt }
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const Towns = graphql(`
  query ConsoleTownSettings($first: Int!) {
    tenants(first: $first) { edges { node { id name kind settings { key value unit } } } }
  }
`);
const Propose = graphql(`
  mutation ConsoleProposeSettings($input: ProposeSettingsInput!) {
    proposeSettings(input: $input) { proposals { id } errors { code message path } }
  }
`);
const Accept = graphql(`
  mutation ConsoleAcceptSettings($input: AcceptSettingsInput!) {
    acceptSettings(input: $input) { proposal { id } errors { code message path } }
  }
`);
const Decline = graphql(`
  mutation ConsoleDeclineSettings($input: DeclineSettingsInput!) {
    declineSettings(input: $input) { proposal { id } errors { code message path } }
  }
`);

type Difference = { key: string; before: unknown; after: unknown };

/** What would be different, setting by setting, and what each setting is for. */
function Differences({ of }: { of: Difference[] }) {
  return (
    <ul style={{ margin: 0, paddingInlineStart: 20 }}>
      {of.map((one) => (
        <li key={one.key} className="break">
          {settingName(one.key)}：{valueText(one.before)} → <strong>{valueText(one.after)}</strong>
          {settingMeans(one.key) && <div>{settingMeans(one.key)}</div>}
        </li>
      ))}
    </ul>
  );
}

/** Proposals: the committee sees what became of them, a town takes over what it chooses. */
export function SettingProposals({ onDone }: { onDone: () => void }) {
  const { viewer, can } = useSession();
  const [version, setVersion] = useState(0);
  const changed = () => {
    setVersion((before) => before + 1);
    onDone();
  };
  const proposes = can("SETTINGS", "PROPOSE");
  return (
    <>
      {proposes && <Compare onDone={changed} />}
      <ConnectionTable
        label="设置建议"
        query={List}
        variables={{}}
        version={version}
        empty={viewer.role === "COMMITTEE" ? "还没有向镇街提过建议" : "专委办还没有提过建议"}
        pick={(data) => data.settingProposals}
        columns={[
          { title: "参照", cell: (row) => (proposes ? `${row.sourceName} → ${row.targetName}` : row.sourceName) },
          { title: "改动", width: "36%", cell: (row) => (row.differences.length > 0 ? <Differences of={row.differences} /> : "现在没有差别") },
          {
            title: "理由",
            cell: (row) => (
              <span className="break">
                {row.note}
                <br />
                建议自 {day(row.effectiveFrom)} 起
              </span>
            ),
          },
          {
            title: "答复",
            cell: (row) =>
              row.answer ? (
                <>
                  <ToneTag tone={row.answer.version == null ? "plain" : "green"}>{row.answer.version == null ? "不采纳" : `已采纳（第 ${row.answer.version} 版）`}</ToneTag>
                  <div className="break">{row.answer.reason || row.answer.keys.map(settingName).join("、")}</div>
                  <div className="number">{moment(row.answer.createdAt)}</div>
                </>
              ) : can("SETTINGS", "WRITE") && row.differences.length > 0 ? (
                <>
                  <ActButton
                    title="采纳建议"
                    document={Accept}
                    fixed={{ proposalId: row.id }}
                    onDone={changed}
                    confirm="采纳"
                    button={{ size: "small", type: "primary" }}
                    intro="选出要采纳的设置。采纳后是本镇街的一个新版本，可以恢复到以前的版本。"
                    fields={[
                      {
                        name: "keys",
                        label: "采纳的设置",
                        required: true,
                        initial: row.differences.map((one) => one.key),
                        control: (
                          <Checkbox.Group
                            style={{ display: "grid", gap: 4 }}
                            options={row.differences.map((one) => ({ value: one.key, label: `${settingName(one.key)}：${valueText(one.before)} → ${valueText(one.after)}` }))}
                          />
                        ),
                      },
                      { name: "effectiveFrom", label: "生效日期", kind: "day", required: true, initial: row.effectiveFrom > legalDay(new Date()) ? row.effectiveFrom : legalDay(new Date()) },
                      { name: "note", label: "说明", max: 400 },
                    ]}
                  >
                    采纳
                  </ActButton>{" "}
                  <ActButton title="不采纳建议" document={Decline} fixed={{ proposalId: row.id }} onDone={changed} button={{ size: "small" }} fields={[{ name: "reason", label: "理由", kind: "area", required: true, max: 400 }]}>
                    不采纳
                  </ActButton>
                </>
              ) : (
                "待镇街答复"
              ),
          },
        ]}
      />
    </>
  );
}

/** Two towns beside each other; what differs can be proposed, setting by setting. */
function Compare({ onDone }: { onDone: () => void }) {
  const [{ data, error, fetching }, again] = useQuery({ query: Towns, variables: { first: 60 } });
  const [source, setSource] = useState<string | undefined>();
  const [targets, setTargets] = useState<string[]>([]);
  const [keys, setKeys] = useState<string[]>([]);
  const towns = useMemo(() => (data?.tenants.edges ?? []).map((edge) => edge.node).filter((one) => one.kind !== "DISTRICT"), [data]);
  const from = towns.find((one) => one.id === source);
  const to = towns.filter((one) => targets.includes(one.id));
  const rows = useMemo(
    () =>
      (from?.settings ?? []).flatMap((setting) => {
        const others = to.map((town) => ({ name: town.name, value: town.settings.find((one) => one.key === setting.key)?.value as unknown }));
        return others.some((one) => JSON.stringify(one.value) !== JSON.stringify(setting.value)) ? [{ key: setting.key, value: setting.value as unknown, others }] : [];
      }),
    [from, to],
  );
  if (error && !data) return <Failure error={error} retry={again} />;
  if (fetching && !data) return <Waiting />;
  const names = towns.map((one) => ({ value: one.id, label: one.name }));
  const chosen = keys.filter((key) => rows.some((row) => row.key === key));
  return (
    <Card size="small" title="参照一个镇街，向其他镇街提建议" style={{ marginBottom: 16 }}>
      <p style={{ marginTop: 0 }}>专委办不改镇街的设置。建议发出后，由镇街逐项选择采纳。</p>
      <div className="filters">
        <Select aria-label="参照镇街" placeholder="参照镇街" value={source} options={names} showSearch={{ optionFilterProp: "label" }} onChange={setSource} style={{ width: 200 }} />
        <Select mode="multiple" aria-label="建议给" placeholder="建议给（可多选）" value={targets} options={names.filter((one) => one.value !== source)} showSearch={{ optionFilterProp: "label" }} onChange={setTargets} style={{ width: "min(420px, 100%)" }} />
      </div>
      {from && to.length > 0 && rows.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description="这些镇街的设置没有差别" />}
      {rows.length > 0 && (
        <>
          <Table
            size="small"
            rowKey="key"
            pagination={false}
            dataSource={rows}
            rowSelection={{ selectedRowKeys: chosen, onChange: (next) => setKeys(next as string[]), getCheckboxProps: (row) => ({ "aria-label": settingName(row.key) }) as object }}
            columns={[
              {
                title: "设置",
                render: (_, row) => (
                  <>
                    {settingName(row.key)}
                    <div>{settingMeans(row.key)}</div>
                  </>
                ),
              },
              { title: from?.name ?? "", render: (_, row) => <strong>{valueText(row.value)}</strong> },
              { title: "现在", render: (_, row) => row.others.map((one) => `${one.name} ${valueText(one.value)}`).join("、") },
            ]}
          />
          <div style={{ marginTop: 12 }}>
            <ActButton
              title="向镇街提建议"
              document={Propose}
              fixed={{ sourceId: source, targetIds: targets, keys: chosen }}
              button={{ type: "primary", disabled: chosen.length === 0 }}
              done="已发给镇街"
              onDone={() => {
                setKeys([]);
                onDone();
              }}
              intro={`${chosen.length} 项设置，发给 ${to.map((one) => one.name).join("、")}。`}
              fields={[
                { name: "effectiveFrom", label: "建议生效日期", kind: "day", required: true, initial: legalDay(new Date()) },
                { name: "note", label: "理由", kind: "area", required: true, max: 400 },
              ]}
            >
              提出建议
            </ActButton>
          </div>
        </>
      )}
      {to.length === 0 && <Alert type="info" title="选参照镇街和建议给的镇街，下面列出不同的设置" />}
    </Card>
  );
}
