import { Alert, Table, Tag } from "antd";
import { useQuery } from "urql";

import { graphql } from "../gql";
import type { LogWitnessProblem } from "../gql/graphql";
import { Failure } from "./Failure";
import { moment } from "./format";
import { Waiting } from "./Waiting";

const Witnessing = graphql(`
  query ConsoleLogWitnessing {
    logWitnessing {
      origin size quorum cosigned reached
      witnesses { name key size current cosignedAt askedAt problem }
    }
  }
`);

const PROBLEM: Record<LogWitnessProblem, string> = {
  UNREACHABLE: "无法连接，稍后自动重试",
  LOG_NOT_KNOWN: "见证人未登记本日志",
  KEY_NOT_TRUSTED: "见证人不认可现用密钥，请把密钥交接告知对方",
  FORK: "见证人看到的是另一段历史，请立即核查",
  AHEAD: "见证人见过更长的日志，本库可能被回退，请立即核查",
  BAD_SIGNATURE: "见证签名无效",
  REFUSED: "见证人拒绝",
};

/** Who cosigned the public log, and whether that is enough. */
export function LogWitnesses() {
  const [{ data, error, fetching }] = useQuery({ query: Witnessing, requestPolicy: "cache-and-network" });
  if (error && !data) return <Failure error={error} />;
  if (fetching && !data) return <Waiting />;
  const log = data?.logWitnessing;
  if (!log) return <p>本单位没有公开日志。</p>;
  return (
    <>
      <p>
        公开日志 <span className="mono">{log.origin}</span>，共 {log.size} 条。
      </p>
      {log.witnesses.length === 0 ? (
        <Alert type="info" showIcon message="没有配置见证人" />
      ) : (
        <Alert
          type={log.reached ? "success" : "warning"}
          showIcon
          message={`现有检查点已由 ${log.cosigned} 个见证人签名，要求 ${log.quorum} 个`}
        />
      )}
      <Table
        rowKey="key"
        pagination={false}
        dataSource={log.witnesses}
        scroll={{ x: "max-content" }}
        columns={[
          { title: "见证人", render: (_, row) => <span className="mono">{row.name}</span> },
          { title: "状态", render: (_, row) => <Tag color={row.current ? "green" : "orange"}>{row.current ? "已签名" : "未签名"}</Tag> },
          { title: "见过的条数", align: "right", render: (_, row) => row.size },
          { title: "最近签名", render: (_, row) => (row.cosignedAt ? moment(row.cosignedAt) : "—") },
          { title: "说明", render: (_, row) => (row.problem ? PROBLEM[row.problem] : "—") },
        ]}
      />
    </>
  );
}
