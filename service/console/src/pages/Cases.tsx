import { Button, Card, Descriptions, Drawer, Empty, Select, Tabs, Timeline } from "antd";
import { useQuery } from "urql";

import { useSession } from "../app/session";
import { graphql } from "../gql";
import type { CaseState, ConsolePenaltyCaseQuery } from "../gql/graphql";
import { ConnectionTable } from "../parts/ConnectionTable";
import { Failure } from "../parts/Failure";
import { day, moment, yuan } from "../parts/format";
import { CASE_STATE, CASE_STEP, DEADLINE_STATE, options } from "../parts/labels";
import { PageHead } from "../parts/Page";
import { DueTag, StateTag } from "../parts/Tags";
import { ToneTag } from "../parts/Tone";
import { UploadEvidence } from "../parts/UploadEvidence";
import { useFilters } from "../parts/useSearch";
import { Waiting } from "../parts/Waiting";

const List = graphql(`
  query ConsolePenaltyCases($where: PenaltyCaseWhere, $first: Int!, $after: String) {
    penaltyCases(where: $where, first: $first, after: $after) {
      totalCount
      edges { node { id number state act filedOn fine enterprise { name } body { name } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const One = graphql(`
  query ConsolePenaltyCase($id: ID!) {
    node(id: $id) {
      ... on PenaltyCase {
        id number state simple item act basis foundOn filedOn inspectionId noticeServedOn defence defenceAnswer hearingOn
        decisionNumber decidedOn fine servedOn publishedOn executedOn closedOn
        enterprise { name }
        body { name }
        officers { name cardNo }
        history { step state at }
        deadlines { id rule article confirmed onParty startedOn dueOn missingYear metOn state }
      }
    }
  }
`);
const Papers = graphql(`
  query ConsoleCaseDocuments($id: ID!) {
    documents(where: { subjectId: $id }, first: 50) {
      totalCount
      edges { node { id title number issuedOn state downloadUrl } }
    }
  }
`);

type Node = Extract<NonNullable<ConsolePenaltyCaseQuery["node"]>, { filedOn: string }>;

/** Penalty cases with their clock, history and documents. */
export function Cases() {
  const [filters, setFilters] = useFilters<"state" | "id">();
  const where = filters.state ? { state: filters.state as CaseState } : {};
  return (
    <>
      <PageHead title="处罚案件" />
      <div className="filters" role="search">
        <Select allowClear aria-label="状态" placeholder="状态" value={filters.state} options={options(CASE_STATE)} onChange={(state) => setFilters({ state })} style={{ width: 150 }} />
      </div>
      <ConnectionTable
        label="案件"
        query={List}
        variables={{ where }}
        pick={(data) => data.penaltyCases}
        empty="没有案件"
        columns={[
          {
            title: "案号",
            cell: (row) => (
              <Button type="link" className="row-link" onClick={() => setFilters({ id: row.id })}>
                {row.number}
              </Button>
            ),
          },
          { title: "当事人", width: "24%", cell: (row) => row.enterprise?.name ?? "—" },
          { title: "违法行为", width: "24%", cell: (row) => row.act },
          { title: "状态", cell: (row) => <StateTag state={row.state} table={CASE_STATE} /> },
          { title: "立案", cell: (row) => <span className="number">{row.filedOn}</span> },
          { title: "罚款", right: true, cell: (row) => (row.fine === "0" ? "—" : yuan(row.fine)) },
          { title: "机关", cell: (row) => row.body?.name ?? "—", wideOnly: true },
        ]}
      />
      <Drawer open={Boolean(filters.id)} onClose={() => setFilters({ id: null })} size="min(800px, 100vw)" title="案件详情" destroyOnHidden>
        {filters.id && <Detail id={filters.id} />}
      </Drawer>
    </>
  );
}

function Detail({ id }: { id: string }) {
  const { can } = useSession();
  const [{ data, error, fetching }, again] = useQuery({ query: One, variables: { id } });
  const [{ data: papers }] = useQuery({ query: Papers, variables: { id } });
  const found = data?.node && "filedOn" in data.node ? (data.node as Node) : null;
  if (error && !found) return <Failure error={error} retry={again} />;
  if (fetching && !found) return <Waiting />;
  if (!found) return <Empty description="没有找到这个案件，或不在您的范围内" />;
  return (
    <>
      <h2 className="break" style={{ marginTop: 0, fontSize: 18 }}>
        {found.number} <StateTag state={found.state} table={CASE_STATE} /> {found.simple && <ToneTag>简易程序</ToneTag>}
      </h2>
      <Tabs
        items={[
          {
            key: "facts",
            label: "情况",
            children: (
              <Descriptions
                size="small"
                column={1}
                bordered
                items={[
                  { key: "1", label: "当事人", children: found.enterprise?.name ?? "—" },
                  { key: "2", label: "机关", children: found.body?.name ?? "—" },
                  { key: "3", label: "违法行为", children: <span className="pre">{found.act}</span> },
                  { key: "4", label: "依据", children: found.basis },
                  { key: "5", label: "承办人", children: found.officers.map((one) => `${one.name}（${one.cardNo}）`).join("、") || "—" },
                  { key: "6", label: "发现／立案", children: `${day(found.foundOn)}／${day(found.filedOn)}` },
                  ...(found.inspectionId ? [{ key: "7", label: "来自检查", children: <a href={`/console/inspections?id=${encodeURIComponent(found.inspectionId)}`}>查看检查</a> }] : []),
                  { key: "8", label: "告知送达", children: day(found.noticeServedOn) },
                  { key: "9", label: "陈述申辩", children: <span className="pre">{found.defence ?? "—"}</span> },
                  ...(found.hearingOn ? [{ key: "10", label: "听证", children: day(found.hearingOn) }] : []),
                  { key: "11", label: "决定", children: found.decidedOn ? `${found.decisionNumber ?? ""} ${day(found.decidedOn)}，罚款 ${yuan(found.fine)}` : "—" },
                  { key: "12", label: "送达／公示／执行", children: `${day(found.servedOn)}／${day(found.publishedOn)}／${day(found.executedOn)}` },
                ]}
              />
            ),
          },
          {
            key: "clock",
            label: "法定期限",
            children: (
              <ul className="cards">
                {found.deadlines.map((one) => (
                  <li key={one.id}>
                    <Card size="small">
                      {one.article} · {one.onParty ? "当事人" : "本机关"} <StateTag state={one.state} table={DEADLINE_STATE} />
                      {!one.confirmed && <ToneTag>待核对原文</ToneTag>}
                      <div>
                        自 {day(one.startedOn)} 起；{one.dueOn ? <DueTag day={one.dueOn} done={one.metOn != null} /> : `${one.missingYear} 年工作日历尚未公布`}
                      </div>
                    </Card>
                  </li>
                ))}
              </ul>
            ),
          },
          {
            key: "papers",
            label: `文书 ${papers?.documents.totalCount ?? ""}`,
            children: (
              <>
                {can("EVIDENCE", "WRITE") && <UploadEvidence subjectKind="CASE" subjectId={id} onDone={() => undefined} />}
                <ul className="cards" style={{ marginTop: 12 }}>
                  {papers?.documents.edges.map(({ node }) => (
                    <li key={node.id}>
                      {node.downloadUrl ? <a href={node.downloadUrl}>{node.title}</a> : node.title} {node.number} · <span className="number">{node.issuedOn}</span>
                    </li>
                  ))}
                </ul>
              </>
            ),
          },
          {
            key: "history",
            label: "经过",
            children: (
              <Timeline
                items={found.history.map((one) => ({
                  content: (
                    <>
                      {CASE_STEP[one.step]} → {CASE_STATE[one.state]}
                      <div className="number">{moment(one.at)}</div>
                    </>
                  ),
                }))}
              />
            ),
          },
        ]}
      />
    </>
  );
}
