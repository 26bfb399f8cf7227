import { useCallback, useEffect, useLayoutEffect, useRef, useState, type ReactNode } from "react";
import { Button, Empty, Grid } from "antd";
import { CaretUpOutlined, SwapOutlined } from "@ant-design/icons";
import { useClient, type CombinedError, type TypedDocumentNode } from "urql";

import { RowCard, type Column, type Paged } from "./ConnectionTable";
import { Failure } from "./Failure";
import { number } from "./format";
import { Waiting } from "./Waiting";

export type RollingColumn<T> = Column<T> & {
  /** The order of the list that a press on the heading asks for. */
  order?: string;
};

type Props<Data, Vars extends { first?: number | null; after?: string | null }, T extends { id: string }> = {
  query: TypedDocumentNode<Data, Vars>;
  variables: Omit<Vars, "first" | "after">;
  pick: (data: Data) => Paged<T>;
  columns: RollingColumn<T>[];
  label: string;
  empty?: ReactNode;
  /** Changes when the list must be asked anew. */
  version?: number;
  order?: string;
  onOrder?: (order: string | null) => void;
};

const PAGE = 50;
const ROW = 48; // CSS pixels, as in base.css
const BEYOND = 8; // rows drawn above and below what is seen
const REFRESHED = 500; // rows asked anew after an act; a list scrolled further begins again

type Loaded<T> = { key: string; rows: T[]; total: number | null; end: string | null; more: boolean };

/** The rows of a list as far as they were scrolled to; what is shown stays until its successor is there. */
function useRolling<Data, Vars extends { first?: number | null; after?: string | null }, T extends { id: string }>(
  query: TypedDocumentNode<Data, Vars>,
  variables: Omit<Vars, "first" | "after">,
  pick: (data: Data) => Paged<T>,
  version: number,
) {
  const client = useClient();
  const key = JSON.stringify(variables);
  const [loaded, setLoaded] = useState<Loaded<T> | null>(null);
  const [asking, setAsking] = useState(true);
  const [error, setError] = useState<CombinedError | null>(null);
  const turn = useRef(0);
  const held = useRef<Loaded<T> | null>(null);
  held.current = loaded;
  const picking = useRef(pick);
  picking.current = pick;

  const load = useCallback(
    async (from: Loaded<T> | null, wanted: number) => {
      // Only the latest question is answered on the screen.
      const mine = ++turn.current;
      setAsking(true);
      setError(null);
      let rows = from?.rows ?? [];
      let end = from?.end ?? null;
      for (;;) {
        const given = { ...(JSON.parse(key) as object), first: PAGE, after: end } as unknown as Vars;
        const answer = await client.query(query, given, { requestPolicy: "network-only" }).toPromise();
        if (mine !== turn.current) return;
        if (answer.error || !answer.data) {
          setAsking(false);
          return setError(answer.error ?? null);
        }
        const page = picking.current(answer.data);
        const seen = new Set(rows.map((row) => row.id));
        rows = [...rows, ...page.edges.map((edge) => edge.node).filter((row) => !seen.has(row.id))];
        end = page.pageInfo.endCursor ?? end;
        const more = page.pageInfo.hasNextPage;
        if (rows.length >= wanted || !more) {
          setAsking(false);
          return setLoaded({ key, rows, total: page.totalCount ?? null, end, more });
        }
      }
    },
    [client, key, query],
  );
  useEffect(() => {
    const before = held.current;
    const same = before?.key === key && before.rows.length <= REFRESHED;
    void load(null, same ? before.rows.length : 0);
  }, [load, key, version]);
  useEffect(() => () => void (turn.current += 1), []);
  const next = useCallback(() => {
    if (held.current?.more && held.current.key === key) void load(held.current, held.current.rows.length + 1);
  }, [load, key]);
  const again = useCallback(() => void load(null, 0), [load]);
  return { loaded, asking, error, next, again, fresh: loaded?.key === key };
}

/** A list of any length: the server pages it, and only the rows in view are on the page. */
export function RollingTable<Data, Vars extends { first?: number | null; after?: string | null }, T extends { id: string }>({
  query,
  variables,
  pick,
  columns,
  label,
  empty,
  version = 0,
  order,
  onOrder,
}: Props<Data, Vars, T>) {
  const { loaded, asking, error, next, again, fresh } = useRolling(query, variables, pick, version);
  const small = !(Grid.useBreakpoint().md ?? true);
  if (error && !loaded) return <Failure error={error} retry={again} />;
  if (!loaded) return <Waiting />;
  const { rows, total, more } = loaded;
  const counted = total == null ? "" : `共 ${number(total)} 条`;
  return (
    <section aria-label={label} aria-busy={asking}>
      {error && <Failure error={error} retry={rows.length > 0 && fresh ? next : again} />}
      {rows.length === 0 ? (
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={fresh ? (empty ?? "没有符合条件的记录") : "查找中"} />
      ) : small ? (
        <ul className={fresh ? "cards rolling-cards" : "cards rolling-cards stale"}>
          {rows.map((row) => (
            <li key={row.id}>
              <RowCard row={row} columns={columns} />
            </li>
          ))}
        </ul>
      ) : (
        <Rolled label={label} rows={rows} total={total} more={more} busy={asking || error !== null} fresh={fresh} columns={columns} next={next} order={order} onOrder={onOrder} listKey={loaded.key} />
      )}
      <div className="pager">
        <span className="number" role="status">
          {!fresh ? "查找中" : more ? `${counted} · 已载入 ${number(rows.length)} 条` : counted}
        </span>
        {small && more && fresh && (
          <Button onClick={next} loading={asking}>
            再载入 {PAGE} 条
          </Button>
        )}
      </div>
    </section>
  );
}

type RolledProps<T> = {
  label: string;
  rows: T[];
  total: number | null;
  more: boolean;
  busy: boolean;
  fresh: boolean;
  columns: RollingColumn<T>[];
  next: () => void;
  order?: string;
  onOrder?: (order: string | null) => void;
  listKey: string;
};

function Rolled<T extends { id: string }>({ label, rows, total, more, busy, fresh, columns, next, order, onOrder, listKey }: RolledProps<T>) {
  const frame = useRef<HTMLDivElement>(null);
  const focused = useRef(false);
  // Rows, not pixels: a list that moved by less than a row is not drawn again.
  const [view, setView] = useState({ from: 0, seen: 13 });
  const measure = useCallback(() => {
    const at = frame.current;
    if (!at) return;
    const from = Math.floor(at.scrollTop / ROW);
    const seen = Math.ceil(at.clientHeight / ROW) + 1;
    setView((before) => (before.from === from && before.seen === seen ? before : { from, seen }));
  }, []);
  useEffect(() => {
    const watcher = new ResizeObserver(measure);
    if (frame.current) watcher.observe(frame.current);
    return () => watcher.disconnect();
  }, [measure]);
  // Another list begins at its top.
  useLayoutEffect(() => {
    if (frame.current) frame.current.scrollTop = 0;
  }, [listKey]);
  // Who stood on a row that was scrolled away stands on the list, not on nothing.
  useLayoutEffect(() => {
    if (focused.current && frame.current && !frame.current.contains(document.activeElement)) frame.current.focus({ preventScroll: true });
  });

  const waiting = more ? Math.min(BEYOND, (total ?? rows.length + BEYOND) - rows.length) : 0;
  const all = rows.length + waiting;
  const first = Math.max(0, Math.min(all, view.from) - BEYOND);
  const last = Math.min(all, view.from + view.seen + BEYOND);
  useEffect(() => {
    if (more && fresh && !busy && last > rows.length - PAGE / 2) next();
  }, [more, fresh, busy, last, rows.length, next]);

  return (
    <div
      ref={frame}
      className={fresh ? "rolling" : "rolling stale"}
      role="region"
      aria-label={`${label}列表`}
      tabIndex={0}
      onScroll={measure}
      onFocus={() => (focused.current = true)}
      onBlur={(event) => (focused.current = !event.target.isConnected)}
    >
      <table aria-label={label} aria-rowcount={total == null ? -1 : total + 1} style={{ minWidth: columns.length * 96 }}>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column) => (
              <th key={column.title} scope="col" className={column.right ? "number right" : undefined} style={{ width: column.width }} aria-sort={column.order ? (order === column.order ? "ascending" : "none") : undefined}>
                {column.order && onOrder ? (
                  <Button type="text" size="small" className="order" icon={order === column.order ? <CaretUpOutlined /> : <SwapOutlined rotate={90} />} iconPlacement="end" title={order === column.order ? "恢复默认顺序" : `按${column.title}排列`} onClick={() => onOrder(order === column.order ? null : column.order!)}>
                    {column.title}
                  </Button>
                ) : (
                  column.title
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {first > 0 && (
            <tr aria-hidden="true" className="gap">
              <td colSpan={columns.length} style={{ height: first * ROW }} />
            </tr>
          )}
          {rows.slice(first, last).map((row, index) => (
            <tr key={row.id} aria-rowindex={first + index + 2}>
              {columns.map((column) => (
                <td key={column.title} className={column.right ? "number right" : undefined}>
                  <div className="two-lines">{column.cell(row)}</div>
                </td>
              ))}
            </tr>
          ))}
          {last < rows.length && (
            <tr aria-hidden="true" className="gap">
              <td colSpan={columns.length} style={{ height: (rows.length - last) * ROW }} />
            </tr>
          )}
          {Array.from({ length: waiting }, (_, index) => (
            <tr key={`waiting-${index}`} aria-hidden="true" className="waiting">
              <td colSpan={columns.length}>
                <span />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
