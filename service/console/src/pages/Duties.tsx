import { Tabs } from "antd";

import { useSession } from "../app/session";
import { graphql } from "../gql";
import { CountTable, Ratio } from "../parts/CountTable";
import { DUTY_EVIDENCE, DUTY_STATE, FREQUENCY } from "../parts/fieldLabels";
import { day, legalDay } from "../parts/format";
import { options } from "../parts/labels";
import { PageHead } from "../parts/Page";
import { BodyPicker } from "../parts/Pickers";
import { Records } from "../parts/Records";
import { DueTag, StateTag } from "../parts/Tags";
import { useFilters } from "../parts/useSearch";
import { FIELD_ACT } from "./fieldActs";

const Items = graphql(`
  query ConsoleDutyItems($first: Int!, $after: String) {
    dutyItems(first: $first, after: $after) {
      totalCount
      edges { node { id title basis frequency evidenceKind validFrom validTo body { id name } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const Item = graphql(`
  query ConsoleDutyItem($id: ID!) {
    node(id: $id) { ... on DutyItem { id title basis frequency evidenceKind validFrom validTo body { id name } } }
  }
`);
const Due = graphql(`
  query ConsoleDutyRecords($first: Int!, $after: String) {
    dutyRecords(first: $first, after: $after) {
      totalCount
      edges { node { id periodFirst dueOn doneOn state item { title body { id name } } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const DueOne = graphql(`
  query ConsoleDutyRecord($id: ID!) {
    node(id: $id) {
      ... on DutyRecord { id periodFirst dueOn doneOn note reference state item { id title basis frequency evidenceKind body { id name } } }
    }
  }
`);
const Rates = graphql(`
  query ConsoleDutyRates($since: Date!, $until: Date!) {
    dutyRates(since: $since, until: $until) { body { id name } dutyRate { numerator denominator value } }
  }
`);

/** 职责清单: what each member body owes, what it did, and how much of it in time. */
export function Duties() {
  const { can, viewer } = useSession();
  const [filters, setFilters] = useFilters<"tab" | "id" | "item">();
  const today = legalDay(new Date());
  const keeps = can("DUTY", "DECIDE");
  return (
    <>
      <PageHead title="职责清单" />
      <Tabs
        activeKey={filters.tab ?? "due"}
        onChange={(tab) => setFilters({ tab, id: null, item: null })}
        destroyOnHidden
        items={[
          {
            key: "due",
            label: "履职填报",
            children: (
              <Records
                label="履职填报"
                query={Due}
                pick={(data) => data.dutyRecords}
                empty="还没有到期的职责"
                columns={[
                  { title: "职责", width: "32%", cell: (row) => row.item?.title ?? "—" },
                  { title: "单位", cell: (row) => row.item?.body.name ?? "—" },
                  { title: "起始日", cell: (row) => <span className="number">{row.periodFirst}</span> },
                  { title: "最后一日", cell: (row) => <DueTag day={row.dueOn} done={row.doneOn != null} /> },
                  { title: "状态", cell: (row) => <StateTag state={row.state} table={DUTY_STATE} /> },
                ]}
                detail={{
                  query: DueOne,
                  title: "履职详情",
                  pick: (data) => (data.node && "periodFirst" in data.node ? data.node : null),
                  heading: (one) => one.item?.title ?? "职责",
                  steps: (one) => [
                    {
                      label: "填报",
                      may: can("DUTY", "WRITE") && !one.doneOn && one.item != null && one.item.body.id === viewer.body?.id,
                      who: one.doneOn ? undefined : (one.item?.body.name ?? undefined),
                      act: {
                        title: "填报履职情况",
                        document: FIELD_ACT.fillDutyRecord,
                        fixed: { itemId: one.item?.id, periodFirst: one.periodFirst },
                        fields: [
                          { name: "note", label: "做了什么", kind: "area", required: true },
                          { name: "reference", label: `佐证（${one.item ? DUTY_EVIDENCE[one.item.evidenceKind] : ""}）的文号或名称`, required: true },
                        ],
                      },
                    },
                  ],
                  facts: (one) => [
                    ["单位", one.item?.body.name],
                    ["依据", one.item?.basis],
                    ["频次", one.item ? FREQUENCY[one.item.frequency] : null],
                    ["期间", `${day(one.periodFirst)} 至 ${day(one.dueOn)}`],
                    ["状态", <StateTag key="state" state={one.state} table={DUTY_STATE} />],
                    ["填报日期", day(one.doneOn)],
                    ["做了什么", one.note],
                    ["佐证", one.reference],
                  ],
                }}
              />
            ),
          },
          {
            key: "items",
            label: "清单",
            children: (
              <Records
                label="职责清单"
                name="item"
                query={Items}
                pick={(data) => data.dutyItems}
                empty="清单还是空的"
                starts={[
                  {
                    label: "增加职责",
                    may: keeps,
                    act: {
                      title: "增加职责",
                      document: FIELD_ACT.addDutyItem,
                      fields: [
                        { name: "bodyId", label: "责任单位", required: true, control: <BodyPicker /> },
                        { name: "title", label: "职责", kind: "area", required: true },
                        { name: "basis", label: "依据", required: true },
                        { name: "frequency", label: "频次", kind: "radio", options: options(FREQUENCY), required: true },
                        { name: "evidenceKind", label: "佐证", kind: "radio", options: options(DUTY_EVIDENCE), required: true },
                        { name: "validFrom", label: "起始日", kind: "day", required: true, initial: today },
                      ],
                    },
                  },
                ]}
                columns={[
                  { title: "职责", width: "34%", cell: (row) => row.title },
                  { title: "单位", cell: (row) => row.body.name },
                  { title: "依据", width: "24%", cell: (row) => row.basis },
                  { title: "频次", cell: (row) => FREQUENCY[row.frequency] },
                  { title: "佐证", cell: (row) => DUTY_EVIDENCE[row.evidenceKind] },
                ]}
                detail={{
                  query: Item,
                  title: "职责详情",
                  pick: (data) => (data.node && "validFrom" in data.node && "evidenceKind" in data.node ? data.node : null),
                  heading: (one) => one.title,
                  steps: (one) => [
                    { label: "终止", may: keeps && !one.validTo, danger: true, act: { title: "终止这项职责", document: FIELD_ACT.endDutyItem, fixed: { itemId: one.id }, intro: "已经漏做的仍然是漏做。", fields: [{ name: "validTo", label: "不再生效的第一日", kind: "day", required: true, initial: today }] } },
                  ],
                  facts: (one) => [
                    ["单位", one.body.name],
                    ["依据", one.basis],
                    ["频次", FREQUENCY[one.frequency]],
                    ["佐证", DUTY_EVIDENCE[one.evidenceKind]],
                    ["有效期", `${day(one.validFrom)} 起${one.validTo ? `，${day(one.validTo)}终止` : ""}`],
                  ],
                }}
              />
            ),
          },
          {
            key: "rates",
            label: "按时履职率",
            children: (
              <CountTable
                label="按时履职率"
                query={Rates}
                variables={{ since: `${today.slice(0, 4)}-01-01`, until: today }}
                pick={(data) => data.dutyRates}
                rowKey={(row) => row.body.id}
                columns={[
                  { title: "单位", cell: (row) => row.body.name },
                  { title: `${today.slice(0, 4)} 年以来按时履职率`, right: true, cell: (row) => <Ratio of={row.dutyRate} /> },
                ]}
              />
            ),
          },
        ]}
      />
    </>
  );
}
