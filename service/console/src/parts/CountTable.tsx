import { useEffect, useRef } from "react";
import { Table } from "antd";
import { useQuery, type TypedDocumentNode } from "urql";

import type { Column } from "./ConnectionTable";
import { Failure } from "./Failure";
import { number, percent } from "./format";
import { Waiting } from "./Waiting";

type RatioOf = { numerator: number; denominator: number; value?: number | null };

/** A share with what it was counted from; nothing to count is a dash, never 100 %. */
export function Ratio({ of }: { of: RatioOf }) {
  return (
    <span className="number">
      {percent(of.value)}（{number(of.numerator)}÷{number(of.denominator)}）
    </span>
  );
}

/** A short list that is not paged, such as one row a town. */
export function CountTable<Data, Vars extends object, Row>({
  label,
  query,
  variables,
  pick,
  rowKey,
  columns,
}: {
  label: string;
  query: TypedDocumentNode<Data, Vars>;
  variables: Vars;
  pick: (data: Data) => Row[];
  rowKey: (row: Row) => string;
  columns: Column<Row>[];
}) {
  const [{ data, error, fetching }, again] = useQuery({ query, variables: variables as never });
  const frame = useRef<HTMLElement>(null);
  useEffect(() => {
    frame.current?.querySelector(".ant-table-content")?.setAttribute("tabindex", "0");
  });
  if (error && !data) return <Failure error={error} retry={() => again({ requestPolicy: "network-only" })} />;
  if (fetching && !data) return <Waiting />;
  return (
    <section ref={frame} aria-label={label}>
      <Table<Row>
        size="small"
        pagination={{ pageSize: 50, hideOnSinglePage: true, showSizeChanger: false }}
        rowKey={rowKey}
        dataSource={data ? pick(data) : []}
        scroll={{ x: columns.length * 110 }}
        locale={{ emptyText: "没有数据" }}
        columns={columns.map((column) => ({
          key: column.title,
          title: column.title,
          width: column.width,
          align: column.right ? ("right" as const) : undefined,
          className: column.right ? "number" : undefined,
          render: (_: unknown, row: Row) => column.cell(row),
        }))}
      />
    </section>
  );
}
