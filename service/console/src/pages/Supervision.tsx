import { useState } from "react";
import { Button, Descriptions, Drawer, Empty, Select, Space, Timeline } from "antd";
import { useQuery } from "urql";

import { useSession } from "../app/session";
import { graphql } from "../gql";
import type { ConsoleSupervisionOrderQuery, Right, SupervisionLevel, SupervisionState, SupervisionStep } from "../gql/graphql";
import { ActButton } from "../parts/Act";
import { ConnectionTable } from "../parts/ConnectionTable";
import { Failure } from "../parts/Failure";
import { day, dayFromNow, moment } from "../parts/format";
import { SUPERVISION_LEVEL, SUPERVISION_STATE, SUPERVISION_STEP, options } from "../parts/labels";
import { PageHead } from "../parts/Page";
import { DueTag, StateTag } from "../parts/Tags";
import { useFilters } from "../parts/useSearch";
import { Waiting } from "../parts/Waiting";

const List = graphql(`
  query ConsoleSupervision($where: SupervisionWhere, $first: Int!, $after: String) {
    supervisionOrders(where: $where, first: $first, after: $after) {
      totalCount
      edges { node { id level state plateNumber deadline listedOn publishBy enterprise { name } premises { name } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const One = graphql(`
  query ConsoleSupervisionOrder($id: ID!) {
    node(id: $id) {
      ... on SupervisionOrder {
        id level state reason plateNumber summary official basis listedOn deadline extensions extensionUntil overdueSince delistedOn
        hazardId possibleSteps publishBy answerBy
        premises { name address }
        enterprise { name }
        history { step state at }
      }
    }
  }
`);
const Approve = graphql(`mutation CsApprove($input: ApproveSupervisionInput!) { approveSupervision(input: $input) { order { id state } errors { code message path } } }`);
const Decline = graphql(`mutation CsDecline($input: DeclineSupervisionInput!) { declineSupervision(input: $input) { order { id state } errors { code message path } } }`);
const ListIt = graphql(`mutation CsList($input: ListSupervisionInput!) { listSupervision(input: $input) { order { id state } errors { code message path } } }`);
const AskMore = graphql(`mutation CsAsk($input: RequestSupervisionExtensionInput!) { requestSupervisionExtension(input: $input) { order { id state } errors { code message path } } }`);
const Answer = graphql(`mutation CsAnswer($input: AnswerSupervisionExtensionInput!) { answerSupervisionExtension(input: $input) { order { id state } errors { code message path } } }`);
const Delist = graphql(`mutation CsDelist($input: DelistSupervisionInput!) { delistSupervision(input: $input) { order { id state } errors { code message path } } }`);
const Escalate = graphql(`mutation CsEscalate($input: EscalateSupervisionInput!) { escalateSupervision(input: $input) { order { id state } errors { code message path } } }`);

type Order = Extract<NonNullable<ConsoleSupervisionOrderQuery["node"]>, { level: string }>;

export function Supervision() {
  const [filters, setFilters] = useFilters<"state" | "level" | "id">();
  const [version, setVersion] = useState(0);
  const where = {
    ...(filters.state ? { state: filters.state as SupervisionState } : {}),
    ...(filters.level ? { level: filters.level as SupervisionLevel } : {}),
  };
  return (
    <>
      <PageHead title="挂牌督办" />
      <div className="filters" role="search">
        <Select allowClear aria-label="状态" placeholder="状态" value={filters.state} options={options(SUPERVISION_STATE)} onChange={(state) => setFilters({ state })} />
        <Select allowClear aria-label="级别" placeholder="级别" value={filters.level} options={options(SUPERVISION_LEVEL)} onChange={(level) => setFilters({ level })} />
      </div>
      <ConnectionTable
        label="挂牌督办"
        query={List}
        variables={{ where }}
        version={version}
        pick={(data) => data.supervisionOrders}
        empty="没有挂牌督办。在重大隐患的详情里可以提请"
        columns={[
          {
            title: "企业",
            width: "30%",
            cell: (row) => (
              <Button type="link" className="row-link" onClick={() => setFilters({ id: row.id })}>
                {row.enterprise?.name ?? row.premises?.name ?? "—"}
              </Button>
            ),
          },
          { title: "级别", cell: (row) => SUPERVISION_LEVEL[row.level] },
          { title: "编号", cell: (row) => row.plateNumber ?? "—" },
          { title: "状态", cell: (row) => <StateTag state={row.state} table={SUPERVISION_STATE} /> },
          { title: "挂牌日期", cell: (row) => <span className="number">{row.listedOn ?? "—"}</span> },
          { title: "整改期限", cell: (row) => <DueTag day={row.deadline} done={row.state === "DELISTED"} /> },
        ]}
      />
      <Drawer open={Boolean(filters.id)} onClose={() => setFilters({ id: null })} size="min(760px, 100vw)" title="督办详情" destroyOnHidden>
        {filters.id && <Detail id={filters.id} onChanged={() => setVersion((before) => before + 1)} />}
      </Drawer>
    </>
  );
}

function Detail({ id, onChanged }: { id: string; onChanged: () => void }) {
  const [{ data, error, fetching }, again] = useQuery({ query: One, variables: { id } });
  const found = data?.node && "level" in data.node ? (data.node as Order) : null;
  if (error && !found) return <Failure error={error} retry={again} />;
  if (fetching && !found) return <Waiting />;
  if (!found) return <Empty description="没有找到，或不在您的范围内" />;
  const changed = () => {
    again({ requestPolicy: "network-only" });
    onChanged();
  };
  return (
    <>
      <h2 className="break" style={{ marginTop: 0, fontSize: 18 }}>
        {found.enterprise?.name ?? found.premises?.name}
      </h2>
      <Space wrap style={{ marginBottom: 12 }}>
        {SUPERVISION_LEVEL[found.level]}
        <StateTag state={found.state} table={SUPERVISION_STATE} />
      </Space>
      <Acts found={found} onDone={changed} />
      <Descriptions
        size="small"
        column={1}
        bordered
        items={[
          { key: "1", label: "提请理由", children: <span className="pre">{found.reason}</span> },
          { key: "2", label: "隐患", children: <a href={`/console/hazards?id=${encodeURIComponent(found.hazardId)}`}>查看隐患</a> },
          { key: "3", label: "督办编号", children: found.plateNumber ?? "—" },
          { key: "4", label: "公开摘要", children: found.summary ?? "—" },
          { key: "5", label: "督办责任人", children: found.official ?? "—" },
          { key: "6", label: "挂牌日期", children: day(found.listedOn) },
          { key: "7", label: "公布期限", children: <DueTag day={found.publishBy} done={found.listedOn != null} /> },
          { key: "8", label: "整改期限", children: <DueTag day={found.deadline} done={found.state === "DELISTED"} /> },
          ...(found.extensionUntil ? [{ key: "9", label: "申请延至", children: day(found.extensionUntil) }] : []),
          ...(found.delistedOn ? [{ key: "10", label: "摘牌日期", children: day(found.delistedOn) }] : []),
        ]}
      />
      <h3>经过</h3>
      <Timeline
        items={found.history.map((one) => ({
          content: (
            <>
              {SUPERVISION_STEP[one.step]} → {SUPERVISION_STATE[one.state]}
              <div className="number">{moment(one.at)}</div>
            </>
          ),
        }))}
      />
    </>
  );
}

const NEEDS: Partial<Record<SupervisionStep, Right>> = { ASK_EXTENSION: "OBJECT", ESCALATE: "PROPOSE" };

function Acts({ found, onDone }: { found: Order; onDone: () => void }) {
  const { can } = useSession();
  const fixed = { orderId: found.id };
  const reason = { name: "reason", label: "理由", kind: "area" as const, required: true };
  const step: Partial<Record<SupervisionStep, React.ReactNode>> = {
    APPROVE: <ActButton title="批准挂牌督办" document={Approve} fixed={fixed} onDone={onDone} confirm="批准" intro="批准后由督办机关挂牌并公布。">批准</ActButton>,
    DECLINE: <ActButton title="不批准" document={Decline} fixed={fixed} onDone={onDone} button={{ danger: true }} fields={[reason]}>不批准</ActButton>,
    LIST: (
      <ActButton
        title="挂牌"
        document={ListIt}
        fixed={fixed}
        onDone={onDone}
        intro="挂牌后公开摘要、责任人和期限。"
        fields={[
          { name: "number", label: "督办编号", required: true },
          { name: "deadline", label: "整改期限", kind: "day", required: true, initial: dayFromNow(30) },
          { name: "official", label: "督办责任人", required: true },
          { name: "summary", label: "公开摘要", kind: "area", required: true },
          { name: "basis", label: "依据" },
        ]}
      >
        挂牌
      </ActButton>
    ),
    ASK_EXTENSION: <ActButton title="申请延期" document={AskMore} fixed={fixed} onDone={onDone} fields={[{ name: "until", label: "延至", kind: "day", required: true }, reason]}>申请延期</ActButton>,
    EXTEND: (
      <ActButton
        title="答复延期申请"
        document={Answer}
        fixed={fixed}
        onDone={onDone}
        shape={({ granted, ...values }) => ({ ...values, granted: granted === "yes" })}
        fields={[
          { name: "granted", label: "结论", kind: "radio", required: true, options: [{ value: "yes", label: "同意" }, { value: "no", label: "不同意" }] },
          { name: "answer", label: "答复", kind: "area", required: true },
        ]}
      >
        答复延期
      </ActButton>
    ),
    DELIST: <ActButton title="摘牌" document={Delist} fixed={fixed} onDone={onDone} fields={[{ name: "finding", label: "核验意见", kind: "area", required: true }]}>摘牌</ActButton>,
    ESCALATE: <ActButton title="升级督办" document={Escalate} fixed={fixed} onDone={onDone} button={{ danger: true }} fields={[reason]}>升级</ActButton>,
  };
  return (
    <Space wrap style={{ marginBottom: 12, display: "flex" }}>
      {found.possibleSteps.filter((one) => can("SUPERVISION", NEEDS[one] ?? "DECIDE")).map((one) => step[one] && <span key={one}>{step[one]}</span>)}
    </Space>
  );
}
