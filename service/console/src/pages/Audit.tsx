import { useState } from "react";
import { Alert, Button, Drawer, Tabs } from "antd";
import { useQuery } from "urql";

import { graphql } from "../gql";
import { ActButton } from "../parts/Act";
import { ConnectionTable } from "../parts/ConnectionTable";
import { moment, number } from "../parts/format";
import { PageHead } from "../parts/Page";
import { LogWitnesses } from "../parts/LogWitnesses";
import { auditActor, auditArea, receiptObject } from "../parts/auditWords";
import { useSession } from "../app/session";
import { useFilters } from "../parts/useSearch";

const Entries = graphql(`
  query ConsoleAudit($first: Int!, $after: String) {
    auditEntries(first: $first, after: $after) {
      totalCount
      edges { node { id seq at actor act subject entry hash } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const Report = graphql(`query ConsoleAuditReport { auditReport { entries head brokenAt } }`);
const Receipts = graphql(`
  query ConsoleReceipts($first: Int!, $after: String) {
    accessReceipts(first: $first, after: $after) {
      totalCount
      edges { node { id readerName subject purpose at } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const Parked = graphql(`
  query ConsoleParked($first: Int!, $after: String) {
    parkedDeliveries(first: $first, after: $after) {
      totalCount
      edges { node { id task failures error createdAt } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const Retry = graphql(`mutation CaRetry($input: RetryDeliveryInput!) { retryDelivery(input: $input) { errors { code message path } } }`);

export function Audit() {
  const { can } = useSession();
  const [filters, setFilters] = useFilters<"tab">();
  const [entry, setEntry] = useState<{ entry: string; hash: string; seq: number } | null>(null);
  const [version, setVersion] = useState(0);
  return (
    <>
      <PageHead title="审计" />
      <Tabs
        activeKey={filters.tab ?? "entries"}
        onChange={(tab) => setFilters({ tab })}
        items={[
          {
            key: "entries",
            label: "操作记录",
            children: (
              <>
                <Check />
                <ConnectionTable
                  label="操作记录"
                  query={Entries}
                  variables={{}}
                  pick={(data) => data.auditEntries}
                  columns={[
                    {
                      title: "操作",
                      cell: (row) => (
                        <Button type="link" className="row-link" onClick={() => setEntry(row)}>
                          <span>
                            {auditArea(row.act)} <span className="mono">{row.act}</span>
                          </span>
                        </Button>
                      ),
                    },
                    { title: "对象", width: "28%", cell: (row) => <span className="mono">{row.subject}</span> },
                    { title: "谁", cell: (row) => <>{auditActor(row.actor)} <span className="mono">{row.actor}</span></> },
                    { title: "时间", cell: (row) => <span className="number">{moment(row.at)}</span> },
                    { title: "序号", right: true, cell: (row) => number(row.seq) },
                    { title: "哈希", cell: (row) => <span className="mono" title={row.hash}>{row.hash.slice(0, 12)}…</span>, wideOnly: true },
                  ]}
                />
              </>
            ),
          },
          {
            key: "receipts",
            label: "查阅回执",
            children: (
              <>
                <p>专委办等查阅本地案件详情时须说明目的，每次都在这里留下回执。</p>
                <ConnectionTable
                  label="查阅回执"
                  query={Receipts}
                  variables={{}}
                  pick={(data) => data.accessReceipts}
                  empty="还没有查阅"
                  columns={[
                    { title: "查阅人", cell: (row) => row.readerName },
                    { title: "对象", cell: (row) => <>{receiptObject(row.subject)} <span className="mono">{row.subject.split(":")[1]}</span></> },
                    { title: "目的", width: "34%", cell: (row) => row.purpose },
                    { title: "时间", cell: (row) => <span className="number">{moment(row.at)}</span> },
                  ]}
                />
              </>
            ),
          },
          { key: "log", label: "公开日志", children: <LogWitnesses /> },
          {
            key: "parked",
            label: "搁置的任务",
            children: (
              <ConnectionTable
                label="搁置的任务"
                query={Parked}
                variables={{}}
                version={version}
                pick={(data) => data.parkedDeliveries}
                empty="没有搁置的后台任务"
                columns={[
                  { title: "任务", cell: (row) => <code className="mono">{row.task}</code> },
                  { title: "失败次数", right: true, cell: (row) => number(row.failures) },
                  { title: "错误", width: "40%", cell: (row) => <span className="break">{row.error}</span> },
                  { title: "时间", cell: (row) => <span className="number">{moment(row.createdAt)}</span> },
                  {
                    title: "办理",
                    cell: (row) =>
                      can("SETTINGS", "WRITE") ? (
                        <ActButton title="重试任务" document={Retry} fixed={{ deliveryId: row.id }} onDone={() => setVersion((before) => before + 1)} button={{ size: "small" }} intro="任务重新排队；重复执行不会有重复的结果。" confirm="重试">
                          重试
                        </ActButton>
                      ) : (
                        "—"
                      ),
                  },
                ]}
              />
            ),
          },
        ]}
      />
      <Drawer open={entry !== null} onClose={() => setEntry(null)} size="min(640px, 100vw)" title={entry ? `第 ${entry.seq} 条` : ""}>
        {entry && (
          <>
            <pre className="pre mono" tabIndex={0}>{pretty(entry.entry)}</pre>
            <p className="mono">SHA-256 {entry.hash}</p>
          </>
        )}
      </Drawer>
    </>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** The chain of hashes, walked by the server when asked. */
function Check() {
  const [asked, setAsked] = useState(false);
  const [{ data, fetching }, again] = useQuery({ query: Report, pause: !asked, requestPolicy: "network-only" });
  const report = asked ? data?.auditReport : undefined;
  return (
    <div style={{ marginBottom: 12 }}>
      <Button
        loading={fetching}
        onClick={() => {
          if (asked) again({ requestPolicy: "network-only" });
          setAsked(true);
        }}
      >
        核验哈希链
      </Button>
      {report && (
        <Alert
          style={{ marginTop: 8 }}
          role="status"
          type={report.brokenAt == null ? "success" : "error"}
          showIcon
          title={report.brokenAt == null ? `链完整，共 ${number(report.entries)} 条` : `链在第 ${number(report.brokenAt)} 条断开，请立即报告`}
          description={<span className="mono">链头 {report.head}</span>}
        />
      )}
    </div>
  );
}
