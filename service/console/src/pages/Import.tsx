import { useRef, useState } from "react";
import { Alert, App, Button, Card, Descriptions, Drawer, Empty, Space, Steps, Table } from "antd";
import { DownloadOutlined, UploadOutlined } from "@ant-design/icons";
import { Link } from "react-router";
import { useClient, useQuery } from "urql";

import { graphql } from "../gql";
import type { EnterpriseImportState } from "../gql/graphql";
import { ActButton } from "../parts/Act";
import { refusalLine, refusedOr } from "../parts/refusals";
import { ConnectionTable } from "../parts/ConnectionTable";
import { Failure } from "../parts/Failure";
import { bytes, moment, number } from "../parts/format";
import { JobProgress } from "../parts/JobProgress";
import { PageHead } from "../parts/Page";
import { StateTag } from "../parts/Tags";
import { useFilters } from "../parts/useSearch";
import { Waiting } from "../parts/Waiting";

const Imports = graphql(`
  query ConsoleImports($first: Int!, $after: String) {
    enterpriseImports(first: $first, after: $after) {
      totalCount
      edges { node { id state filename total created changed unchanged refused createdAt } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const One = graphql(`
  query ConsoleImport($id: ID!) {
    node(id: $id) {
      ... on EnterpriseImport {
        id state filename problem total created changed unchanged refused kept createdAt annotatedFile
        faults { row column message }
        keptRows { row name reason }
      }
    }
  }
`);
const Begin = graphql(`
  mutation ConsoleBeginImport($input: BeginEnterpriseImportInput!) {
    beginEnterpriseImport(input: $input) {
      enterpriseImport { id }
      upload { url method }
      errors { code message path }
    }
  }
`);
const Check = graphql(`
  mutation ConsoleCheckImport($input: CheckEnterpriseImportInput!) {
    checkEnterpriseImport(input: $input) { enterpriseImport { id state } job { id } errors { code message path } }
  }
`);
const Commit = graphql(`
  mutation ConsoleCommitImport($input: CommitEnterpriseImportInput!) {
    commitEnterpriseImport(input: $input) { enterpriseImport { id state } job { id } errors { code message path } }
  }
`);
const Undo = graphql(`
  mutation ConsoleUndoImport($input: UndoEnterpriseImportInput!) {
    undoEnterpriseImport(input: $input) { enterpriseImport { id state } job { id } errors { code message path } }
  }
`);
const Template = graphql(`
  mutation ConsoleImportTemplate($input: PrepareImportTemplateInput!) {
    prepareImportTemplate(input: $input) { url errors { code message path } }
  }
`);

const STATE: Record<EnterpriseImportState, string> = {
  AWAITING: "待上传",
  CHECKING: "检查中",
  CHECKED: "待确认",
  UNREADABLE: "无法读取",
  COMMITTING: "导入中",
  COMMITTED: "已导入",
  UNDOING: "撤销中",
  UNDONE: "已撤销",
};
const STEP: Record<EnterpriseImportState, number> = { AWAITING: 0, CHECKING: 1, CHECKED: 1, UNREADABLE: 1, COMMITTING: 2, COMMITTED: 3, UNDOING: 3, UNDONE: 3 };
const BIGGEST = 20 * 1024 * 1024; // bytes, the API's own limit

/** Upload, dry run, faults by row, commit, undo. */
export function Import() {
  const client = useClient();
  const { message } = App.useApp();
  const [filters, setFilters] = useFilters<"id">();
  const [job, setJob] = useState<string | null>(null);
  const [version, setVersion] = useState(0);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const changed = () => setVersion((before) => before + 1);

  const send = async (file: File | undefined) => {
    if (!file) return;
    setProblem(null);
    if (file.size > BIGGEST) return setProblem(`文件 ${bytes(file.size)}，超过 20 MiB，请分成几份`);
    setBusy(true);
    try {
      const begun = await client.mutation(Begin, { input: { filename: file.name, byteLength: file.size, idempotencyKey: crypto.randomUUID() } }).toPromise();
      const payload = begun.data?.beginEnterpriseImport;
      const id = payload?.enterpriseImport?.id;
      if (!id || !payload.upload) throw new Error(payload?.errors[0] ? refusalLine(payload.errors[0]) : "没有成功，请重试");
      const put = await fetch(payload.upload.url, { method: payload.upload.method, body: await file.arrayBuffer(), credentials: "omit" });
      if (!put.ok) throw new Error("文件没有传完，请重试");
      const checked = await client.mutation(Check, { input: { importId: id, idempotencyKey: crypto.randomUUID() } }).toPromise();
      const refusal = checked.data?.checkEnterpriseImport.errors[0];
      if (refusal) throw new Error(refusalLine(refusal));
      setJob(checked.data?.checkEnterpriseImport.job?.id ?? null);
      setFilters({ id });
      changed();
    } catch (error) {
      setProblem(error instanceof TypeError ? "连接不上存储，请检查网络" : (error as Error).message);
    }
    setBusy(false);
    if (input.current) input.current.value = "";
  };
  const template = async () => {
    const answer = await client.mutation(Template, { input: { idempotencyKey: crypto.randomUUID() } }).toPromise();
    const url = answer.data?.prepareImportTemplate.url;
    if (url) location.assign(url);
    else void message.error(refusedOr(answer.data?.prepareImportTemplate.errors[0], "没有拿到模板"));
  };
  return (
    <>
      <PageHead title="导入企业">
        <Link to="/enterprises">返回台账</Link>
        <Button icon={<DownloadOutlined />} onClick={() => void template()}>
          下载模板
        </Button>
        <Button type="primary" icon={<UploadOutlined />} loading={busy} onClick={() => input.current?.click()}>
          选择表格
        </Button>
        <input ref={input} type="file" hidden data-testid="import-file" accept=".xlsx,.csv" onChange={(event) => void send(event.target.files?.[0])} />
      </PageHead>
      <p>先试运行：逐行检查、列出错误，台账不变；确认后才导入，导入后还可以整批撤销。</p>
      {problem && <Alert type="error" showIcon role="alert" title={problem} style={{ marginBottom: 12 }} />}
      {job && <JobProgress id={job} onEnd={changed} onClose={() => setJob(null)} />}
      <ConnectionTable
        label="导入"
        query={Imports}
        variables={{}}
        version={version}
        pick={(data) => data.enterpriseImports}
        empty="还没有导入过。下载模板，填好后选择表格"
        columns={[
          {
            title: "文件",
            width: "28%",
            cell: (row) => (
              <Button type="link" className="row-link" onClick={() => setFilters({ id: row.id })}>
                {row.filename}
              </Button>
            ),
          },
          { title: "状态", cell: (row) => <StateTag state={row.state === "UNREADABLE" ? "FAILED" : row.state} table={{ ...STATE, FAILED: STATE.UNREADABLE }} /> },
          { title: "行数", right: true, cell: (row) => number(row.total) },
          { title: "新增", right: true, cell: (row) => number(row.created) },
          { title: "修改", right: true, cell: (row) => number(row.changed) },
          { title: "有错", right: true, cell: (row) => number(row.refused) },
          { title: "时间", cell: (row) => <span className="number">{moment(row.createdAt)}</span> },
        ]}
      />
      <Drawer open={Boolean(filters.id)} onClose={() => setFilters({ id: null })} size="min(860px, 100vw)" title="导入详情" destroyOnHidden>
        {filters.id && (
          <Detail
            id={filters.id}
            version={version}
            onJob={(id) => {
              setJob(id);
              changed();
            }}
          />
        )}
      </Drawer>
    </>
  );
}

function Detail({ id, version, onJob }: { id: string; version: number; onJob: (job: string | null) => void }) {
  const [{ data, error, fetching }, again] = useQuery({ query: One, variables: { id } });
  const [seen, setSeen] = useState(version);
  if (seen !== version) {
    setSeen(version);
    setTimeout(() => again({ requestPolicy: "network-only" }));
  }
  const found = data?.node && "filename" in data.node ? data.node : null;
  if (error && !found) return <Failure error={error} retry={again} />;
  if (fetching && !found) return <Waiting />;
  if (!found) return <Empty description="没有找到" />;
  const working = ["AWAITING", "CHECKING", "COMMITTING", "UNDOING"].includes(found.state);
  return (
    <>
      <Steps size="small" current={STEP[found.state]} status={found.state === "UNREADABLE" ? "error" : undefined} items={[{ title: "上传" }, { title: "试运行" }, { title: "导入" }, { title: "完成" }]} style={{ marginBottom: 16 }} />
      <h2 className="break" style={{ fontSize: 18 }}>
        {found.filename} <StateTag state={found.state} table={STATE} />
      </h2>
      {found.problem && <Alert type="error" showIcon title="整份表格无法读取" description={found.problem} style={{ marginBottom: 12 }} />}
      {working && (
        <Button onClick={() => again({ requestPolicy: "network-only" })} style={{ marginBottom: 12 }}>
          刷新
        </Button>
      )}
      <Space wrap style={{ marginBottom: 12, display: "flex" }}>
        {found.state === "CHECKED" && found.created + found.changed > 0 && (
          <ActButton
            title="确认导入"
            document={Commit}
            fixed={{ importId: id }}
            button={{ type: "primary" }}
            confirm="导入"
            intro={`新增 ${number(found.created)} 行，修改 ${number(found.changed)} 行。${found.refused ? `有错的 ${number(found.refused)} 行不会导入。` : ""}`}
            shape={() => ({ skipRefused: found.refused > 0 })}
            done="开始导入"
            onDone={(answer) => onJob(answer.commitEnterpriseImport.job?.id ?? null)}
          >
            {found.refused > 0 ? "跳过有错的行，导入其余" : "导入"}
          </ActButton>
        )}
        {found.state === "COMMITTED" && (
          <ActButton
            title="撤销导入"
            document={Undo}
            fixed={{ importId: id }}
            button={{ danger: true }}
            confirm="撤销"
            intro="本批新增的会移出，修改的会改回；导入后又被人改过的保持不动。"
            done="开始撤销"
            onDone={(answer) => onJob(answer.undoEnterpriseImport.job?.id ?? null)}
          >
            撤销整批
          </ActButton>
        )}
        {found.annotatedFile && (
          <Button href={found.annotatedFile} icon={<DownloadOutlined />}>
            下载标注了错误的表格
          </Button>
        )}
      </Space>
      <Descriptions
        size="small"
        bordered
        column={{ xs: 1, md: 3 }}
        items={[
          { key: "1", label: "行数", children: number(found.total) },
          { key: "2", label: "新增", children: number(found.created) },
          { key: "3", label: "修改", children: number(found.changed) },
          { key: "4", label: "不变", children: number(found.unchanged) },
          { key: "5", label: "有错", children: number(found.refused) },
          { key: "6", label: "撤销时保留", children: number(found.kept) },
        ]}
      />
      {found.faults.length > 0 && (
        <Card size="small" title={`错误${found.faults.length >= 200 ? "（前 200 条）" : ""}`} style={{ marginTop: 12 }}>
          <Table
            size="small"
            pagination={false}
            rowKey={(row) => `${row.row}-${row.column}-${row.message}`}
            dataSource={found.faults}
            columns={[
              { title: "行", dataIndex: "row", align: "right", className: "number" },
              { title: "列", dataIndex: "column" },
              { title: "错误", dataIndex: "message" },
            ]}
          />
        </Card>
      )}
      {found.keptRows.length > 0 && (
        <Card size="small" title="撤销时保留的行" style={{ marginTop: 12 }}>
          <ul>
            {found.keptRows.map((one) => (
              <li key={one.row}>
                第 {one.row} 行 {one.name}：{one.reason}
              </li>
            ))}
          </ul>
        </Card>
      )}
    </>
  );
}
