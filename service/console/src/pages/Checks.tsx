import { useState } from "react";
import { Button, Card, Drawer, Empty, Input, Select, Switch } from "antd";
import { useQuery } from "urql";

import { useSession } from "../app/session";
import { graphql } from "../gql";
import type { RoutineCheckState, RoutineKind } from "../gql/graphql";
import { ActButton } from "../parts/Act";
import { ConnectionTable } from "../parts/ConnectionTable";
import { Failure } from "../parts/Failure";
import { moment } from "../parts/format";
import { HAZARD_CATEGORY, ROUTINE_KIND, ROUTINE_STATE, options } from "../parts/labels";
import { PageHead } from "../parts/Page";
import { DueTag, StateTag } from "../parts/Tags";
import { ToneTag } from "../parts/Tone";
import { useFilters } from "../parts/useSearch";
import { Waiting } from "../parts/Waiting";

const List = graphql(`
  query ConsoleChecks($where: RoutineCheckWhere, $first: Int!, $after: String) {
    routineChecks(where: $where, first: $first, after: $after) {
      totalCount
      edges { node { id kind state period dueOn capturedAt missedOn routine { unit premises { name } } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const One = graphql(`
  query ConsoleCheck($id: ID!) {
    node(id: $id) {
      ... on RoutineCheck {
        id kind state period dueOn capturedAt receivedAt missedOn items
        routine { unit premises { name address } }
        answers { item text passed remark hazardId }
      }
    }
  }
`);
const Fill = graphql(`
  mutation ConsoleFillCheck($input: FillRoutineCheckInput!) {
    fillRoutineCheck(input: $input) { check { id state } errors { code message path } }
  }
`);

export function Checks() {
  const [filters, setFilters] = useFilters<"state" | "kind" | "id">();
  const [version, setVersion] = useState(0);
  const where = {
    ...(filters.state ? { state: filters.state as RoutineCheckState } : {}),
    ...(filters.kind ? { kind: filters.kind as RoutineKind } : {}),
  };
  return (
    <>
      <PageHead title="日周月自查" />
      <div className="filters" role="search">
        <Select allowClear aria-label="状态" placeholder="状态" value={filters.state} options={options(ROUTINE_STATE)} onChange={(state) => setFilters({ state })} />
        <Select allowClear aria-label="种类" placeholder="种类" value={filters.kind} options={options(ROUTINE_KIND)} onChange={(kind) => setFilters({ kind })} style={{ width: 140 }} />
      </div>
      <ConnectionTable
        label="自查"
        query={List}
        variables={{ where }}
        version={version}
        pick={(data) => data.routineChecks}
        empty="没有自查任务"
        columns={[
          {
            title: "场所",
            width: "30%",
            cell: (row) => (
              <Button type="link" className="row-link" onClick={() => setFilters({ id: row.id })}>
                {row.routine?.premises?.name ?? "—"} · {row.routine?.unit}
              </Button>
            ),
          },
          { title: "种类", cell: (row) => ROUTINE_KIND[row.kind] },
          { title: "周期起", cell: (row) => <span className="number">{row.period}</span> },
          { title: "期限", cell: (row) => <DueTag day={row.dueOn} done={row.state !== "DUE"} /> },
          { title: "状态", cell: (row) => <StateTag state={row.state} table={ROUTINE_STATE} /> },
          { title: "完成时间", cell: (row) => <span className="number">{moment(row.capturedAt)}</span> },
        ]}
      />
      <Drawer open={Boolean(filters.id)} onClose={() => setFilters({ id: null })} size="min(720px, 100vw)" title="自查详情" destroyOnHidden>
        {filters.id && <Detail id={filters.id} onChanged={() => setVersion((before) => before + 1)} />}
      </Drawer>
    </>
  );
}

type Given = { passed: boolean; remark: string; category: string | null };

function Detail({ id, onChanged }: { id: string; onChanged: () => void }) {
  const { can } = useSession();
  const [{ data, error, fetching }, again] = useQuery({ query: One, variables: { id } });
  const found = data?.node && "items" in data.node && "answers" in data.node ? data.node : null;
  if (error && !found) return <Failure error={error} retry={again} />;
  if (fetching && !found) return <Waiting />;
  if (!found) return <Empty description="没有找到，或不在您的范围内" />;
  const answers = new Map(found.answers.map((one) => [one.item, one]));
  return (
    <>
      <h2 className="break" style={{ marginTop: 0, fontSize: 18 }}>
        {found.routine?.premises?.name} · {found.routine?.unit}
      </h2>
      <p>
        {ROUTINE_KIND[found.kind]} · <DueTag day={found.dueOn} done={found.state !== "DUE"} /> <StateTag state={found.state} table={ROUTINE_STATE} />
      </p>
      {found.state === "DUE" && can("ROUTINE_CHECK", "WRITE") && (
        <ActButton
          title="填写自查"
          document={Fill}
          fixed={{ checkId: id }}
          button={{ type: "primary" }}
          intro="不合格的项目会自动生成隐患。"
          onDone={() => {
            again({ requestPolicy: "network-only" });
            onChanged();
          }}
          shape={({ answers: given }) => ({
            answers: (given as Given[]).map((one, item) => ({ item, passed: one.passed, remark: one.remark, category: one.passed ? null : one.category })),
          })}
          fields={[
            {
              name: "answers",
              label: "项目",
              initial: found.items.map(() => ({ passed: true, remark: "", category: null })),
              control: <Answers items={found.items} />,
              check: (value) => ((value as Given[]).every((one) => one.passed || (one.remark && one.category)) ? null : "不合格的项目要写明情况和类别"),
            },
          ]}
        >
          填写自查
        </ActButton>
      )}
      <ol>
        {found.items.map((text, item) => {
          const answer = answers.get(item);
          return (
            <li key={text} className="break">
              {text} {answer && <ToneTag tone={answer.passed ? "green" : "red"}>{answer.passed ? "合格" : "不合格"}</ToneTag>} {answer?.remark}
              {answer?.hazardId && <a href={`/console/hazards?id=${encodeURIComponent(answer.hazardId)}`}> 查看隐患</a>}
            </li>
          );
        })}
      </ol>
      {found.capturedAt && (
        <p>
          填写于 {moment(found.capturedAt)}，收到于 {moment(found.receivedAt)}
        </p>
      )}
    </>
  );
}

function Answers({ items, value = [], onChange }: { items: string[]; value?: Given[]; onChange?: (value: Given[]) => void }) {
  const change = (at: number, part: Partial<Given>) => onChange?.(value.map((one, index) => (index === at ? { ...one, ...part } : one)));
  return (
    <ol style={{ paddingInlineStart: 20 }}>
      {items.map((text, at) => (
        <li key={text} style={{ marginBottom: 8 }}>
          <Card size="small">
            <div className="break">{text}</div>
            <Switch aria-label={`${text}是否合格`} checked={value[at]?.passed ?? true} checkedChildren="合格" unCheckedChildren="不合格" onChange={(passed) => change(at, { passed })} />
            {value[at]?.passed === false && (
              <>
                <Input.TextArea aria-label="情况" placeholder="情况" value={value[at]?.remark} onChange={(event) => change(at, { remark: event.target.value })} style={{ margin: "8px 0" }} />
                <Select aria-label="隐患类别" placeholder="隐患类别" options={options(HAZARD_CATEGORY)} value={value[at]?.category} onChange={(category) => change(at, { category })} style={{ width: "100%" }} />
              </>
            )}
          </Card>
        </li>
      ))}
    </ol>
  );
}
