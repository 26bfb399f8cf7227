import { Tabs } from "antd";

import { useSession } from "../app/session";
import { graphql } from "../gql";
import type { TrainingAudience } from "../gql/graphql";
import { CountTable, Ratio } from "../parts/CountTable";
import { AUDIENCE } from "../parts/fieldLabels";
import { day, legalDay, number } from "../parts/format";
import { options } from "../parts/labels";
import { PageHead } from "../parts/Page";
import { OfficerPicker, RegisterPicker } from "../parts/Pickers";
import { Records } from "../parts/Records";
import { DueTag } from "../parts/Tags";
import { ToneTag } from "../parts/Tone";
import { useFilters } from "../parts/useSearch";
import { FIELD_ACT } from "./fieldActs";

const Sessions = graphql(`
  query ConsoleTraining($audience: TrainingAudience, $first: Int!, $after: String) {
    trainingSessions(audience: $audience, first: $first, after: $after) {
      totalCount
      edges { node { id audience title heldOn minutes withdrawnOn attendances { attendee } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const One = graphql(`
  query ConsoleTrainingSession($id: ID!) {
    node(id: $id) {
      ... on TrainingSession { id audience title heldOn minutes withdrawnOn withdrawal attendances { attendee minutes } }
    }
  }
`);
const Counts = graphql(`
  query ConsoleTrainingCounts($year: Int) {
    trainingCounts(year: $year) { town { id name } requiredHours trained { numerator denominator value } }
  }
`);
const Expiring = graphql(`
  query ConsoleExpiringCards($within: Int!, $first: Int!, $after: String) {
    expiringCards(withinDays: $within, first: $first, after: $after) {
      totalCount
      edges { node { id name cardNo cardValidTo } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

/** Training that was held, who has the hours, and whose card runs out. */
export function Training() {
  const { can } = useSession();
  const [filters, setFilters] = useFilters<"tab" | "audience" | "id">();
  const year = Number(legalDay(new Date()).slice(0, 4));
  return (
    <>
      <PageHead title="培训与执法证" />
      <Tabs
        activeKey={filters.tab ?? "sessions"}
        onChange={(tab) => setFilters({ tab, audience: null, id: null })}
        destroyOnHidden
        items={[
          { key: "sessions", label: "培训", children: <SessionList /> },
          {
            key: "counts",
            label: `${year} 年学时`,
            children: (
              <CountTable
                label="执法人员学时"
                query={Counts}
                variables={{ year }}
                pick={(data) => data.trainingCounts}
                rowKey={(row) => row.town.id}
                columns={[
                  { title: "单位", cell: (row) => row.town.name },
                  { title: "要求学时（惯例）", right: true, cell: (row) => number(row.requiredHours) },
                  { title: "学时足够的在岗执法人员", right: true, cell: (row) => <Ratio of={row.trained} /> },
                ]}
              />
            ),
          },
          ...(can("OFFICER", "READ_OWN", "READ_ACROSS")
            ? [
                {
                  key: "cards",
                  label: "将到期的执法证",
                  children: (
                    <Records
                      label="将到期的执法证"
                      query={Expiring}
                      pick={(data) => data.expiringCards}
                      variables={() => ({ within: 90 })}
                      empty="九十天内没有到期的执法证"
                      columns={[
                        { title: "执法人员", cell: (row) => row.name },
                        { title: "证号", cell: (row) => <span className="number">{row.cardNo}</span> },
                        { title: "有效期至", cell: (row) => <DueTag day={row.cardValidTo} /> },
                      ]}
                    />
                  ),
                },
              ]
            : []),
        ]}
      />
    </>
  );
}

function SessionList() {
  const { can } = useSession();
  const writes = can("TRAINING", "WRITE");
  return (
    <Records
      label="培训"
      query={Sessions}
      pick={(data) => data.trainingSessions}
      variables={({ audience }) => ({ audience: (audience as TrainingAudience | undefined) ?? null })}
      filters={[{ name: "audience", label: "对象", options: options(AUDIENCE) }]}
      empty="还没有培训"
      starts={[
        {
          label: "登记培训",
          may: writes,
          act: {
            title: "登记培训",
            document: FIELD_ACT.holdTraining,
            shape: (values) => ({ ...values, attendees: [...((values.officers as object[] | undefined) ?? []), ...((values.people as object[] | undefined) ?? [])], officers: undefined, people: undefined }),
            fields: [
              { name: "audience", label: "对象", kind: "radio", options: options(AUDIENCE), required: true, initial: "ENFORCER" },
              { name: "title", label: "内容", required: true },
              { name: "heldOn", label: "日期", kind: "day", required: true, initial: legalDay(new Date()) },
              { name: "minutes", label: "时长（分钟）", kind: "number", required: true },
              {
                name: "officers",
                label: "参加的执法人员",
                kind: "rows",
                required: true,
                when: (values) => values.audience === "ENFORCER",
                row: [
                  { name: "officerId", label: "执法人员", required: true, control: <OfficerPicker /> },
                  { name: "minutes", label: "实到分钟", kind: "number", help: "不填为全程" },
                ],
              },
              {
                name: "people",
                label: "参加的企业人员",
                kind: "rows",
                required: true,
                when: (values) => values.audience === "ENTERPRISE",
                row: [
                  { name: "enterpriseId", label: "企业", required: true, control: <RegisterPicker within="enterprise" /> },
                  { name: "name", label: "姓名", required: true },
                  { name: "minutes", label: "实到分钟", kind: "number", help: "不填为全程" },
                ],
              },
            ],
          },
        },
      ]}
      columns={[
        { title: "内容", width: "36%", cell: (row) => row.title },
        { title: "对象", cell: (row) => AUDIENCE[row.audience] },
        { title: "日期", cell: (row) => <span className="number">{row.heldOn}</span> },
        { title: "分钟", right: true, cell: (row) => number(row.minutes) },
        { title: "人数", right: true, cell: (row) => number(row.attendances.length) },
        { title: "状态", cell: (row) => (row.withdrawnOn ? <ToneTag>已撤回</ToneTag> : "有效") },
      ]}
      detail={{
        query: One,
        title: "培训详情",
        pick: (data) => (data.node && "heldOn" in data.node ? data.node : null),
        heading: (one) => one.title,
        steps: (one) => [
          { label: "撤回", may: writes && !one.withdrawnOn, danger: true, act: { title: "撤回误登的培训", document: FIELD_ACT.withdrawTraining, fixed: { sessionId: one.id }, intro: "撤回后不再计学时，记录仍然保留。", fields: [{ name: "reason", label: "理由", kind: "area", required: true }] } },
        ],
        facts: (one) => [
          ["对象", AUDIENCE[one.audience]],
          ["日期", day(one.heldOn)],
          ["时长", `${number(one.minutes)} 分钟`],
          one.withdrawnOn ? ["撤回", `${day(one.withdrawnOn)}：${one.withdrawal ?? ""}`] : null,
          ["参加的人", one.attendances.map((each) => `${each.attendee}（${number(each.minutes)} 分钟）`).join("、")],
        ],
      }}
    />
  );
}
