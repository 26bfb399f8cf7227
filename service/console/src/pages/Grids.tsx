import { useMemo, useState } from "react";
import { Button, Card, Select, Space, Tabs } from "antd";
import { useQuery } from "urql";

import { useSession } from "../app/session";
import { graphql } from "../gql";
import { ActButton } from "../parts/Act";
import { CountTable } from "../parts/CountTable";
import { Failure } from "../parts/Failure";
import { number } from "../parts/format";
import { PageHead } from "../parts/Page";
import { PlotMap, type Place } from "../parts/PlotMap";
import { Records } from "../parts/Records";
import { ToneTag } from "../parts/Tone";
import { useFilters } from "../parts/useSearch";
import { Waiting } from "../parts/Waiting";
import { FIELD_ACT } from "./fieldActs";

const List = graphql(`
  query ConsoleGrids($first: Int!, $after: String) {
    grids(first: $first, after: $after) {
      totalCount
      edges { node { id code name keeperName keeperPhone cells premisesCount } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const One = graphql(`query ConsoleGrid($id: ID!) { node(id: $id) { ... on Grid { id code name keeperName keeperPhone cells premisesCount } } }`);
const Drawn = graphql(`
  query ConsoleGridMap {
    grids(first: 100) { edges { node { id code name hexagons { cell corners { latitude longitude } } } } }
    orphanPremises(first: 100) { totalCount edges { node { id name latitude longitude } } }
  }
`);
const Orphans = graphql(`
  query ConsoleOrphans($first: Int!, $after: String) {
    orphanPremises(first: $first, after: $after) {
      totalCount
      edges { node { id name address status } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const Coverage = graphql(`query ConsoleGridCoverage { gridCoverage { town { id name } premises orphanPremises doubleAssigned } }`);

/** 网格: every premises in exactly one, drawn as hexagons that no two grids share. */
export function Grids() {
  const { can, viewer } = useSession();
  const [filters, setFilters] = useFilters<"tab" | "id">();
  const across = viewer.role === "COMMITTEE";
  return (
    <>
      <PageHead title="网格" />
      <Tabs
        activeKey={filters.tab ?? (across ? "coverage" : "map")}
        onChange={(tab) => setFilters({ tab, id: null })}
        destroyOnHidden
        items={[
          ...(across ? [] : [{ key: "map", label: "网格图", children: <GridMap /> }, { key: "list", label: "网格", children: <GridList /> }]),
          ...(can("REGISTER", "READ_OWN", "READ_ACROSS")
            ? [
                {
                  key: "orphans",
                  label: "不在网格的场所",
                  children: (
                    <Records
                      label="不在网格的场所"
                      query={Orphans}
                      pick={(data) => data.orphanPremises}
                      empty="每个场所都在网格里"
                      columns={[
                        { title: "场所", cell: (row) => row.name },
                        { title: "地址", width: "60%", cell: (row) => row.address },
                      ]}
                    />
                  ),
                },
              ]
            : []),
          ...(across
            ? [
                {
                  key: "coverage",
                  label: "各镇街覆盖",
                  children: (
                    <CountTable
                      label="网格覆盖"
                      query={Coverage}
                      variables={{}}
                      pick={(data) => data.gridCoverage}
                      rowKey={(row) => row.town.id}
                      columns={[
                        { title: "镇街", cell: (row) => row.town.name },
                        { title: "场所", right: true, cell: (row) => number(row.premises) },
                        { title: "不在网格（目标 0）", right: true, cell: (row) => (row.orphanPremises > 0 ? <ToneTag tone="red">{number(row.orphanPremises)}</ToneTag> : "0") },
                        { title: "重叠（目标 0）", right: true, cell: (row) => number(row.doubleAssigned) },
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

const KEEPER = [
  { name: "name", label: "名称", required: true },
  { name: "keeperName", label: "网格员", required: true },
  { name: "keeperPhone", label: "电话" },
];

function GridList() {
  const { can } = useSession();
  const writes = can("SETTINGS", "WRITE");
  return (
    <Records
      label="网格"
      query={List}
      pick={(data) => data.grids}
      empty="还没有网格"
      starts={[{ label: "新建网格", may: writes, act: { title: "新建网格", document: FIELD_ACT.defineGrid, fields: [{ name: "code", label: "编号", required: true }, ...KEEPER] } }]}
      columns={[
        { title: "网格", cell: (row) => row.name },
        { title: "编号", cell: (row) => row.code },
        { title: "网格员", cell: (row) => row.keeperName },
        { title: "电话", cell: (row) => <span className="number">{row.keeperPhone || "—"}</span> },
        { title: "六边形", right: true, cell: (row) => number(row.cells) },
        { title: "场所", right: true, cell: (row) => number(row.premisesCount) },
      ]}
      detail={{
        query: One,
        title: "网格详情",
        pick: (data) => (data.node && "keeperName" in data.node ? data.node : null),
        heading: (one) => `${one.name}（${one.code}）`,
        steps: (one) => [
          {
            label: "更改",
            may: writes,
            act: { title: "更改网格", document: FIELD_ACT.defineGrid, fixed: { code: one.code }, fields: KEEPER.map((field) => ({ ...field, initial: one[field.name as "name" | "keeperName" | "keeperPhone"] })) },
          },
          {
            label: "按坐标划入",
            may: writes,
            act: {
              title: "按坐标划入",
              document: FIELD_ACT.assignGridCells,
              fixed: { gridId: one.id },
              intro: "在网格图上可以直接画。已属于其他网格的六边形不能再划入。",
              shape: (values) => ({ outline: corners(String(values.outline)) }),
              fields: [{ name: "outline", label: "边界各角（一行一个：纬度，经度）", kind: "area", required: true, check: (value) => (value && corners(String(value)).length < 3 ? "至少三个角，例如 29.6012，106.5034" : null) }],
            },
          },
        ],
        facts: (one) => [
          ["网格员", one.keeperName],
          ["电话", one.keeperPhone],
          ["六边形", number(one.cells)],
          ["场所", number(one.premisesCount)],
        ],
      }}
    />
  );
}

/** Lines of "latitude, longitude"; a line that is none is left out. */
function corners(text: string): Place[] {
  return text.split("\n").flatMap((line) => {
    const found = /^\s*(-?\d+(?:\.\d+)?)\s*[,，\s]\s*(-?\d+(?:\.\d+)?)\s*$/.exec(line);
    return found ? [{ latitude: Number(found[1]), longitude: Number(found[2]) }] : [];
  });
}

function GridMap() {
  const { can } = useSession();
  const [{ data, error, fetching }, again] = useQuery({ query: Drawn });
  const [outline, setOutline] = useState<Place[]>([]);
  const [grid, setGrid] = useState<string | undefined>();
  const grids = useMemo(() => data?.grids.edges.map(({ node }) => node) ?? [], [data]);
  const orphans = data?.orphanPremises;
  if (error && !data) return <Failure error={error} retry={() => again({ requestPolicy: "network-only" })} />;
  if (fetching && !data) return <Waiting />;
  const writes = can("SETTINGS", "WRITE");
  return (
    <Card size="small" title={`网格 ${number(grids.length)}，不在网格的场所 ${number(orphans?.totalCount)}`}>
      {writes && (
        <Space wrap style={{ marginBottom: 8 }}>
          <Select aria-label="划入的网格" placeholder="选择网格" value={grid} onChange={setGrid} options={grids.map((one) => ({ value: one.id, label: `${one.name}（${one.code}）` }))} style={{ width: 200 }} />
          <Button disabled={outline.length === 0} onClick={() => setOutline(outline.slice(0, -1))}>
            撤销一角
          </Button>
          <Button disabled={outline.length === 0} onClick={() => setOutline([])}>
            重画
          </Button>
          <ActButton
            title="划入网格"
            document={FIELD_ACT.assignGridCells}
            fixed={{ gridId: grid ?? "", outline }}
            button={{ type: "primary", disabled: !grid || outline.length < 3 }}
            intro={`把画出的范围划入${grids.find((one) => one.id === grid)?.name ?? ""}；已属于其他网格的六边形会被拒绝，不会重叠。`}
            onDone={() => {
              setOutline([]);
              again({ requestPolicy: "network-only" });
            }}
          >
            划入
          </ActButton>
        </Space>
      )}
      <PlotMap
        label="网格图"
        areas={grids.map((one) => ({ id: one.id, name: one.name, rings: one.hexagons.map((cell) => cell.corners), chosen: one.id === grid }))}
        points={orphans?.edges.map(({ node }) => node) ?? []}
        outline={outline}
        onPlace={writes ? (place) => setOutline([...outline, place]) : undefined}
      />
      <p style={{ marginBottom: 0 }}>
        {writes ? "在图上依次点出边界各角，选择网格后划入；不用鼠标的，在“网格”的详情里按坐标划入。" : ""}圆点是不在网格的场所{(orphans?.totalCount ?? 0) > 100 ? "（先画一百个）" : ""}。图上没有底图，位置按经纬度。
      </p>
    </Card>
  );
}
