import { useState } from "react";
import { Button, Progress, Select } from "antd";
import { useMutation, useSubscription } from "urql";

import { useSession } from "../app/session";
import { graphql } from "../gql";
import type { JobState } from "../gql/graphql";
import { ConnectionTable } from "../parts/ConnectionTable";
import { moment, number } from "../parts/format";
import { jobWords } from "../parts/jobWords";
import { JOB_STATE, options } from "../parts/labels";
import { PageHead } from "../parts/Page";
import { StateTag } from "../parts/Tags";
import { useFilters } from "../parts/useSearch";
import { refusalText } from "../parts/Act";

const List = graphql(`
  query ConsoleJobs($state: JobState, $first: Int!, $after: String) {
    jobs(state: $state, first: $first, after: $after) {
      totalCount
      edges { node { id kind state done total message createdAt updatedAt } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const Watch = graphql(`subscription ConsoleWatchJob($id: ID!) { jobProgress(jobId: $id) { id state done total message updatedAt } }`);
const Cancel = graphql(`mutation ConsoleCancelJob($input: CancelJobInput!) { cancelJob(input: $input) { job { id state } errors { code message path } } }`);

const KIND: Record<string, string> = {
  "joint.solve": "联合检查排程",
  "joint.book": "加入联合检查",
  "register.export": "导出企业台账",
  "register.import_check": "核对导入的企业",
  "register.import_commit": "导入企业",
  "register.import_undo": "撤回导入",
};

type Job = { id: string; kind: string; state: JobState; done: number; total: number; message: string; createdAt: string; updatedAt: string };

/** What runs in the background for this desk: each job that runs is followed while one looks. */
export function Jobs() {
  const [filters, setFilters] = useFilters<"state">();
  const [version, setVersion] = useState(0);
  const { can } = useSession();
  return (
    <>
      <PageHead title="后台任务" />
      <div className="filters" role="search">
        <Select allowClear aria-label="状态" placeholder="状态" value={filters.state} options={options(JOB_STATE)} onChange={(state) => setFilters({ state })} />
        <Button onClick={() => setVersion((before) => before + 1)}>刷新</Button>
      </div>
      <ConnectionTable
        label="后台任务"
        query={List}
        variables={{ state: (filters.state as JobState | undefined) ?? null }}
        version={version}
        pick={(data) => data.jobs}
        empty="没有后台任务。导入、导出和排程会列在这里"
        columns={[
          { title: "任务", width: "22%", cell: (row) => KIND[row.kind] ?? row.kind },
          { title: "提交", cell: (row) => <span className="number">{moment(row.createdAt)}</span> },
          { title: "进度", width: "44%", cell: (row) => <Standing job={row} onChanged={() => setVersion((before) => before + 1)} /> },
        ]}
      />
      {can("AUDIT", "READ_OWN") && (
        <p>
          反复失败、等待处理的投递在<a href="/console/audit?tab=parked">审计页</a>。
        </p>
      )}
    </>
  );
}

const OVER: JobState[] = ["DONE", "FAILED", "CANCELLED"];

function Standing({ job, onChanged }: { job: Job; onChanged: () => void }) {
  return OVER.includes(job.state) ? <Shown job={job} /> : <Followed job={job} onChanged={onChanged} />;
}

function Shown({ job }: { job: Pick<Job, "state" | "done" | "total" | "message" | "updatedAt"> }) {
  return (
    <>
      <StateTag state={job.state} table={JOB_STATE} /> <span className="break">{jobWords(job.message)}</span>
      <div className="number">{`${job.total > 0 ? `${number(job.done)}／${number(job.total)} · ` : ""}${moment(job.updatedAt)}`}</div>
    </>
  );
}

function Followed({ job, onChanged }: { job: Job; onChanged: () => void }) {
  const [{ data, error }] = useSubscription({ query: Watch, variables: { id: job.id } });
  const [problem, setProblem] = useState<string | null>(null);
  const [, cancel] = useMutation(Cancel);
  const now = data?.jobProgress ?? job;
  const over = OVER.includes(now.state);
  const stop = async () => {
    const answer = await cancel({ input: { jobId: job.id, idempotencyKey: crypto.randomUUID() } });
    const refused = answer.data?.cancelJob.errors[0];
    setProblem(refused ? refusalText(refused) : answer.error ? "取消没有送到，请重试" : null);
    onChanged();
  };
  return (
    <>
      <Shown job={now} />
      {!over && (
        <>
          <Progress aria-label="进度" percent={now.total > 0 ? Math.floor((now.done / now.total) * 100) : 0} status="active" size="small" />
          <Button size="small" onClick={() => void stop()}>
            取消
          </Button>
        </>
      )}
      {problem && <div role="alert">{problem}</div>}
      {error && <div>进度中断，后台仍在继续</div>}
    </>
  );
}
