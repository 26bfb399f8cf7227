import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { Button, Card, Empty, Grid, Space, Table } from "antd";
import type { ColumnType } from "antd/es/table";
import { LeftOutlined, RightOutlined } from "@ant-design/icons";
import { useQuery, type TypedDocumentNode } from "urql";

import { Failure } from "./Failure";
import { number } from "./format";
import { Waiting } from "./Waiting";

export type Column<T> = {
  title: string;
  /** What the cell shows. */
  cell: (row: T) => ReactNode;
  width?: number | string;
  /** Numbers stand at the right. */
  right?: boolean;
  /** Not on the cards of a small screen. */
  wideOnly?: boolean;
};

export type Paged<T> = {
  totalCount?: number | null;
  edges: { node: T }[];
  pageInfo: { hasNextPage: boolean; endCursor?: string | null };
};

type Props<Data, Vars extends { first?: number | null; after?: string | null }, T extends { id: string }> = {
  query: TypedDocumentNode<Data, Vars>;
  variables: Omit<Vars, "first" | "after">;
  pick: (data: Data) => Paged<T>;
  columns: Column<T>[];
  label: string;
  empty?: ReactNode;
  pageSize?: number;
  /** Changes when the list must be asked anew. */
  version?: number;
};

/** A list that the server pages: a table, or cards where the screen is small. */
export function ConnectionTable<Data, Vars extends { first?: number | null; after?: string | null }, T extends { id: string }>({
  query,
  variables,
  pick,
  columns,
  label,
  empty,
  pageSize = 20,
  version = 0,
}: Props<Data, Vars, T>) {
  const [cursors, setCursors] = useState<(string | null)[]>([null]);
  const key = JSON.stringify(variables);
  const [seen, setSeen] = useState(key);
  if (seen !== key) {
    setSeen(key);
    setCursors([null]);
  }
  const after = cursors[cursors.length - 1] ?? null;
  const given = useMemo(() => ({ ...variables, first: pageSize, after }) as unknown as Vars, [key, pageSize, after]);
  const [{ data, error, fetching, stale }, again] = useQuery({ query, variables: given });
  useEffect(() => {
    if (version > 0) again({ requestPolicy: "network-only" });
  }, [version, again]);
  // A table wider than its place scrolls, and who has no mouse must be able to scroll it.
  const frame = useRef<HTMLElement>(null);
  useEffect(() => {
    frame.current?.querySelector(".ant-table-content")?.setAttribute("tabindex", "0");
  });
  const small = !(Grid.useBreakpoint().md ?? true);

  const found = data ? pick(data) : undefined;
  const rows = found?.edges.map((edge) => edge.node) ?? [];
  if (error && !found) return <Failure error={error} retry={() => again({ requestPolicy: "network-only" })} />;
  const waiting = fetching && !found;
  const nothing = <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={empty ?? "没有符合条件的记录"} />;

  return (
    <section ref={frame} aria-label={label} aria-busy={fetching || stale}>
      {error && <Failure error={error} retry={() => again({ requestPolicy: "network-only" })} />}
      {small ? (
        waiting ? (
          <Waiting />
        ) : rows.length === 0 ? (
          nothing
        ) : (
          <ul className="cards">
            {rows.map((row) => (
              <li key={row.id}>
                <RowCard row={row} columns={columns} />
              </li>
            ))}
          </ul>
        )
      ) : (
        <Table<T>
          rowKey="id"
          size="middle"
          dataSource={rows}
          loading={waiting ? { spinning: true, delay: 150 } : false}
          pagination={false}
          scroll={{ x: columns.length * 96 }}
          locale={{ emptyText: waiting ? " " : nothing }}
          columns={columns.map(
            (column): ColumnType<T> => ({
              key: column.title,
              title: column.title,
              width: column.width,
              align: column.right ? "right" : undefined,
              className: column.right ? "number" : undefined,
              render: (_, row) => column.cell(row),
            }),
          )}
        />
      )}
      {found && (found.pageInfo.hasNextPage || cursors.length > 1 || (found.totalCount ?? 0) > 0) && (
        <nav className="pager" aria-label={`${label}分页`}>
          <span className="number" role="status">
            {found.totalCount == null ? "" : `共 ${number(found.totalCount)} 条`}
            {cursors.length > 1 || found.pageInfo.hasNextPage ? ` · 第 ${cursors.length} 页` : ""}
          </span>
          {(cursors.length > 1 || found.pageInfo.hasNextPage) && (
            <Space>
              <Button icon={<LeftOutlined aria-hidden />} disabled={cursors.length === 1} onClick={() => setCursors(cursors.slice(0, -1))}>
                上一页
              </Button>
              <Button
                icon={<RightOutlined aria-hidden />}
                iconPlacement="end"
                disabled={!found.pageInfo.hasNextPage || fetching}
                onClick={() => setCursors([...cursors, found.pageInfo.endCursor ?? null])}
              >
                下一页
              </Button>
            </Space>
          )}
        </nav>
      )}
    </section>
  );
}

/** One row on a small screen. */
export function RowCard<T>({ row, columns }: { row: T; columns: Column<T>[] }) {
  const [head, ...rest] = columns.filter((column) => !column.wideOnly);
  return (
    <Card size="small">
      <div className="break" style={{ fontWeight: 600, marginBottom: 6 }}>
        {head?.cell(row)}
      </div>
      <dl className="pairs">
        {rest.map((column) => (
          <Field key={column.title} label={column.title}>
            {column.cell(row)}
          </Field>
        ))}
      </dl>
    </Card>
  );
}

function Field({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd className="break">{children}</dd>
    </div>
  );
}
