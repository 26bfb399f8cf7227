import { useEffect, useState } from "react";
import { Button, Card, Empty, Segmented, Select, Switch } from "antd";
import { PlusOutlined } from "@ant-design/icons";
import { useQuery } from "urql";

import { useSession } from "../app/session";
import { graphql } from "../gql";
import type { HazardCategory, HazardGrade, HazardState, HazardWhere } from "../gql/graphql";
import { ActButton } from "../parts/Act";
import { Failure } from "../parts/Failure";
import { number } from "../parts/format";
import { HAZARD_CATEGORY, HAZARD_GRADE, HAZARD_SOURCE, HAZARD_STATE, options } from "../parts/labels";
import { PageHead } from "../parts/Page";
import { RegisterPicker } from "../parts/Pickers";
import { RollingTable } from "../parts/RollingTable";
import { DueTag, StateTag } from "../parts/Tags";
import { useFilters } from "../parts/useSearch";
import { HazardDrawer } from "./HazardDetail";
import { Waiting } from "../parts/Waiting";

const List = graphql(`
  query ConsoleHazards($where: HazardWhere, $order: HazardOrder!, $first: Int!, $after: String) {
    hazards(where: $where, order: $order, first: $first, after: $after) {
      totalCount
      edges {
        node {
          id state grade category source description foundOn dueOn closedOn recurring
          premises { name }
          enterprise { name }
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

const Report = graphql(`
  mutation ConsoleReportHazard($input: ReportHazardInput!) {
    reportHazard(input: $input) { hazard { id recurring } errors { code message path } }
  }
`);

const COLUMNS: HazardState[] = ["FOUND", "GRADED", "ASSIGNED", "RECTIFYING", "OVERDUE", "SUPERVISED", "SELF_CHECKED", "VERIFIED"];

type Filter = "state" | "grade" | "category" | "recurring" | "view" | "id" | "due" | "order";

export function Hazards() {
  const { can } = useSession();
  const [filters, setFilters] = useFilters<Filter>();
  const [version, setVersion] = useState(0);
  const board = filters.view === "board";
  const where: HazardWhere = {
    ...(filters.state ? { state: filters.state as HazardState } : {}),
    ...(filters.grade ? { grade: filters.grade as HazardGrade } : {}),
    ...(filters.category ? { category: filters.category as HazardCategory } : {}),
    ...(filters.recurring ? { recurring: true } : {}),
    ...(filters.due ? { dueBefore: filters.due } : {}),
  };
  const open = (id: string) => setFilters({ id });
  if (!can("HAZARD", "READ_OWN", "READ_ACROSS")) {
    return (
      <>
        <PageHead title="隐患" />
        <p>隐患详情属于镇街。从全区总览进入镇街和企业，或者打开挂牌督办里的隐患，说明查阅目的后可以看；镇街会收到查阅回执。</p>
        <HazardDrawer id={filters.id} onClose={() => setFilters({ id: null })} onChanged={() => undefined} />
      </>
    );
  }
  return (
    <>
      <PageHead title="隐患">
        <Segmented
          aria-label="显示方式"
          value={board ? "board" : "list"}
          options={[
            { value: "list", label: "列表" },
            { value: "board", label: "看板" },
          ]}
          onChange={(view) => setFilters({ view: view === "board" ? "board" : null, state: null })}
        />
        {can("HAZARD", "WRITE") && (
          <ActButton
            title="报告隐患"
            document={Report}
            button={{ type: "primary", icon: <PlusOutlined /> }}
            done="已报告"
            onDone={(data) => {
              setVersion((before) => before + 1);
              setFilters({ id: data.reportHazard.hazard?.id });
            }}
            fields={[
              { name: "premisesId", label: "经营场所", required: true, control: <RegisterPicker /> },
              { name: "category", label: "类别", kind: "choice", options: options(HAZARD_CATEGORY), required: true },
              { name: "description", label: "隐患描述", kind: "area", required: true },
              { name: "source", label: "来源", kind: "choice", options: options(HAZARD_SOURCE), help: "不选时按您的角色" },
              { name: "foundOn", label: "发现日期", kind: "day", help: "不选为今天" },
            ]}
          >
            报告隐患
          </ActButton>
        )}
      </PageHead>
      <div className="filters" role="search">
        {!board && (
          <Select allowClear aria-label="状态" placeholder="状态" value={filters.state} options={options(HAZARD_STATE)} onChange={(state) => setFilters({ state })} />
        )}
        <Select allowClear aria-label="等级" placeholder="等级" value={filters.grade} options={options(HAZARD_GRADE)} onChange={(grade) => setFilters({ grade })} />
        <Select allowClear aria-label="类别" placeholder="类别" value={filters.category} options={options(HAZARD_CATEGORY)} onChange={(category) => setFilters({ category })} style={{ width: 140 }} />
        <label style={{ display: "flex", alignItems: "center", gap: 8 }}>
          <Switch checked={Boolean(filters.recurring)} onChange={(on) => setFilters({ recurring: on ? "1" : null })} aria-label="只看重复隐患" />
          只看重复隐患
        </label>
      </div>
      {board ? (
        <div className="board-columns" tabIndex={0} role="group" aria-label="按状态的看板">
          {COLUMNS.map((state) => (
            <BoardColumn key={state} state={state} where={where} open={open} version={version} />
          ))}
        </div>
      ) : (
        <RollingTable
          label="隐患"
          query={List}
          variables={{ where, order: filters.order === "DUE_SOONEST" ? "DUE_SOONEST" : "NEWEST" }}
          version={version}
          order={filters.order}
          onOrder={(order) => setFilters({ order })}
          pick={(data) => data.hazards}
          columns={[
            {
              title: "隐患",
              width: "30%",
              cell: (row) => (
                <Button type="link" className="row-link" onClick={() => open(row.id)}>
                  {row.description}
                </Button>
              ),
            },
            { title: "企业", width: "20%", cell: (row) => row.enterprise?.name ?? row.premises?.name ?? "—" },
            { title: "类别", cell: (row) => HAZARD_CATEGORY[row.category] },
            { title: "等级", cell: (row) => (row.grade ? <StateTag state={row.grade === "MAJOR" ? "OVERDUE" : ""} table={{ OVERDUE: "重大隐患", "": "一般隐患" }} /> : "—") },
            { title: "状态", cell: (row) => <StateTag state={row.state} table={HAZARD_STATE} /> },
            { title: "整改期限", width: 190, order: "DUE_SOONEST", cell: (row) => <DueTag day={row.dueOn} done={row.state === "CLOSED"} /> },
            { title: "重复", cell: (row) => (row.recurring ? "是" : "否"), wideOnly: true },
          ]}
        />
      )}
      <HazardDrawer id={filters.id} onClose={() => setFilters({ id: null })} onChanged={() => setVersion((before) => before + 1)} />
    </>
  );
}

function BoardColumn({ state, where, open, version }: { state: HazardState; where: HazardWhere; open: (id: string) => void; version: number }) {
  const [{ data, error, fetching }, again] = useQuery({ query: List, variables: { where: { ...where, state }, order: "NEWEST", first: 10, after: null } });
  useEffect(() => {
    if (version) again({ requestPolicy: "network-only" });
  }, [version, again]);
  const found = data?.hazards;
  return (
    <section aria-label={HAZARD_STATE[state]}>
      <h2 style={{ fontSize: 15, margin: "0 0 8px" }}>
        {HAZARD_STATE[state]} <span className="number">{found ? number(found.totalCount) : ""}</span>
      </h2>
      {error && !found && <Failure error={error} retry={again} />}
      {fetching && !found && <Waiting />}
      {found?.edges.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description="没有" />}
      <ul className="cards">
        {found?.edges.map(({ node }) => (
          <li key={node.id}>
            <Card size="small">
              <Button type="link" className="row-link" onClick={() => open(node.id)}>
                {node.description}
              </Button>
              <div className="break">{node.enterprise?.name}</div>
              <div style={{ marginTop: 4 }}>
                {node.grade === "MAJOR" && <StateTag state="OVERDUE" table={{ OVERDUE: "重大" }} />}
                {node.dueOn && <DueTag day={node.dueOn} />}
              </div>
            </Card>
          </li>
        ))}
      </ul>
      {found && found.totalCount > found.edges.length && (
        <p>
          另有 <span className="number">{number(found.totalCount - found.edges.length)}</span> 条，请用列表查看
        </p>
      )}
    </section>
  );
}
