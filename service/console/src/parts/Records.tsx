import { useState, type ReactNode } from "react";
import { Button, Descriptions, Drawer, Empty, Select, Space } from "antd";
import { useQuery, type TypedDocumentNode } from "urql";

import { ActButton, type ActSpec } from "./Act";
import { ConnectionTable, type Column } from "./ConnectionTable";
import { Failure } from "./Failure";
import { PurposeGate, type Purpose } from "./PurposeGate";
import { useFilters } from "./useSearch";
import { Waiting } from "./Waiting";

/** One act on a thing: who may do it now, and its form for whom it is. */
export type Step = {
  label: string;
  may: boolean;
  /** Who does it, told to whom it is not. */
  who?: string;
  danger?: boolean;
  // A list of acts holds the forms of many mutations; each is checked where it is written.
  act: ActSpec<any, any>;
};

export type Fact = readonly [label: string, value: ReactNode] | null | false;

/** What can be done now: buttons for whom it is, and for the others who does it. */
export function Steps({ steps, onDone, label = "现在可以办理" }: { steps: Step[]; onDone: () => void; label?: string }) {
  const mine = steps.filter((one) => one.may);
  const others = steps.filter((one) => !one.may && one.who);
  if (mine.length === 0 && others.length === 0) return null;
  return (
    <section aria-label={label} className="steps">
      <Space wrap>
        {mine.map((one, at) => (
          <ActButton key={one.label} {...one.act} title={one.act.title} onDone={onDone} button={{ danger: one.danger, type: at === 0 && !one.danger ? "primary" : "default" }}>
            {one.label}
          </ActButton>
        ))}
      </Space>
      {others.length > 0 && <p style={{ margin: "8px 0 0" }}>等待：{others.map((one) => `${one.label}（${one.who}）`).join("、")}</p>}
    </section>
  );
}

export function Facts({ facts }: { facts: Fact[] }) {
  return (
    <Descriptions
      className="facts"
      size="small"
      column={1}
      bordered
      items={facts.flatMap((fact) => (fact ? [{ key: fact[0], label: fact[0], children: fact[1] === null || fact[1] === undefined || fact[1] === "" ? "—" : fact[1] }] : []))}
    />
  );
}

type Paged<T> = { totalCount?: number | null; edges: { node: T }[]; pageInfo: { hasNextPage: boolean; endCursor?: string | null } };

export type Detail<Data, One> = {
  query: TypedDocumentNode<Data, { id: string }>;
  pick: (data: Data) => One | null | undefined;
  title: string;
  heading: (one: One) => ReactNode;
  facts: (one: One) => Fact[];
  steps?: (one: One) => Step[];
  more?: (one: One, changed: () => void) => ReactNode;
  /** How somebody looks who reads only for a stated purpose. */
  purpose?: Purpose<One>;
};

type Props<Data, Vars extends { first?: number | null; after?: string | null }, Row extends { id: string }, OneData, One> = {
  label: string;
  query: TypedDocumentNode<Data, Vars>;
  pick: (data: Data) => Paged<Row>;
  /** The variables of what was chosen in the filters. */
  variables?: (chosen: Partial<Record<string, string>>) => Omit<Vars, "first" | "after">;
  filters?: { name: string; label: string; options: { value: string; label: ReactNode }[] }[];
  /** The first one opens the detail. */
  columns: Column<Row>[];
  empty?: ReactNode;
  detail?: Detail<OneData, One>;
  /** Acts that make a new one. */
  starts?: Step[];
  /** Kept apart from the lists beside it on the page. */
  name?: string;
};

/** A list, its filters and acts, and the detail of one: the same for everything that is described so. */
export function Records<Data, Vars extends { first?: number | null; after?: string | null }, Row extends { id: string }, OneData = never, One = never>({
  label,
  query,
  pick,
  variables = () => ({}) as Omit<Vars, "first" | "after">,
  filters = [],
  columns,
  empty,
  detail,
  starts = [],
  name = "id",
}: Props<Data, Vars, Row, OneData, One>) {
  const [chosen, choose] = useFilters<string>();
  const [version, setVersion] = useState(0);
  const changed = () => setVersion((before) => before + 1);
  const [first, ...rest] = columns;
  const open: Column<Row>[] =
    detail && first
      ? [
          {
            ...first,
            cell: (row) => (
              <Button type="link" className="row-link" onClick={() => choose({ [name]: row.id })}>
                {first.cell(row)}
              </Button>
            ),
          },
          ...rest,
        ]
      : columns;
  return (
    <>
      {(filters.length > 0 || starts.some((one) => one.may)) && (
        <div className="list-head">
          {filters.length > 0 && (
            <div className="filters" role="search" style={{ marginBottom: 0 }}>
              {filters.map((one) => (
                <Select key={one.name} allowClear aria-label={one.label} placeholder={one.label} value={chosen[one.name]} options={one.options} onChange={(value) => choose({ [one.name]: value })} style={{ width: 170 }} />
              ))}
            </div>
          )}
          <Steps steps={starts.filter((one) => one.may)} onDone={changed} label={`${label}新增`} />
        </div>
      )}
      <ConnectionTable label={label} query={query} variables={variables(chosen)} pick={pick} columns={open} empty={empty} version={version} />
      {detail && <DetailDrawer detail={detail} name={name} onDone={changed} />}
    </>
  );
}

/** What is longer than the screen and holds nothing to press is scrolled by the keyboard, too. */
export function reachable(open: boolean) {
  if (open) for (const body of document.querySelectorAll(".ant-drawer-body")) body.setAttribute("tabindex", "0");
}

/** The detail of what the address names, over the page. */
export function DetailDrawer<Data, One>({ detail, name = "id", onDone = () => undefined }: { detail: Detail<Data, One>; name?: string; onDone?: () => void }) {
  const [chosen, choose] = useFilters<string>();
  const at = chosen[name];
  return (
    <Drawer open={Boolean(at)} onClose={() => choose({ [name]: null })} size="min(800px, 100vw)" title={detail.title} afterOpenChange={reachable} destroyOnHidden>
      {at &&
        (detail.purpose?.needed ? (
          <PurposeGate key={at} id={at} purpose={detail.purpose}>
            {(one) => <Shown detail={detail} one={one} onDone={onDone} />}
          </PurposeGate>
        ) : (
          <Asked key={at} id={at} detail={detail} onDone={onDone} />
        ))}
    </Drawer>
  );
}

function Asked<Data, One>({ id, detail, onDone }: { id: string; detail: Detail<Data, One>; onDone: () => void }) {
  const [{ data, error, fetching }, again] = useQuery({ query: detail.query, variables: { id } });
  const one = data ? detail.pick(data) : null;
  if (error && !one) return <Failure error={error} retry={() => again({ requestPolicy: "network-only" })} />;
  if (fetching && !one) return <Waiting />;
  if (!one) return <Empty description="没有找到，或不在您的范围内" />;
  const changed = () => {
    again({ requestPolicy: "network-only" });
    onDone();
  };
  return <Shown detail={detail} one={one} onDone={changed} />;
}

function Shown<Data, One>({ detail, one, onDone }: { detail: Detail<Data, One>; one: One; onDone: () => void }) {
  return (
    <>
      <h2 className="break" style={{ marginTop: 0, fontSize: 18 }}>
        {detail.heading(one)}
      </h2>
      {detail.steps && <Steps steps={detail.steps(one)} onDone={onDone} />}
      <Facts facts={detail.facts(one)} />
      {detail.more?.(one, onDone)}
    </>
  );
}
