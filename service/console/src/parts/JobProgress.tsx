import { App, Button, Card, Progress, Space } from "antd";
import { useMutation, useSubscription } from "urql";

import { graphql } from "../gql";
import { jobWords } from "./jobWords";
import { JOB_STATE } from "./labels";
import { refusalLine } from "./refusals";

const Progressing = graphql(`subscription JobProgress($id: ID!) { jobProgress(jobId: $id) { id state done total message updatedAt } }`);
const Cancel = graphql(`mutation JobCancel($input: CancelJobInput!) { cancelJob(input: $input) { job { id state } errors { code message path } } }`);

/** How far the work is, as the server tells it while it changes. */
export function JobProgress({ id, onEnd, onClose }: { id: string; onEnd: () => void; onClose: () => void }) {
  const { message } = App.useApp();
  const [{ data, error }] = useSubscription({ query: Progressing, variables: { id } }, (before: { seen?: string } | undefined, event) => {
    const job = event.jobProgress;
    if (["DONE", "FAILED", "CANCELLED"].includes(job.state) && before?.seen !== job.state) setTimeout(onEnd);
    return { ...event, seen: job.state };
  });
  const [, cancel] = useMutation(Cancel);
  const job = (data as { jobProgress?: { state: keyof typeof JOB_STATE; done: number; total: number; message: string } } | undefined)?.jobProgress;
  const over = job && ["DONE", "FAILED", "CANCELLED"].includes(job.state);
  return (
    <Card size="small" style={{ marginBottom: 16 }} role="status" aria-label="进度">
      <Space wrap style={{ width: "100%", justifyContent: "space-between" }}>
        <span className="break">
          {job ? `${JOB_STATE[job.state]}${job.message ? ` · ${jobWords(job.message)}` : ""}` : error ? "进度中断，后台仍在继续" : "等待进度"}
        </span>
        {over ? (
          <Button onClick={onClose}>知道了</Button>
        ) : (
          <Button
            onClick={() =>
              void cancel({ input: { jobId: id } }).then((answer) => {
                const refused = answer.data?.cancelJob.errors[0];
                if (refused) void message.error(refusalLine(refused));
              })
            }
          >
            取消
          </Button>
        )}
      </Space>
      <Progress
        aria-label="进度"
        percent={job ? (job.state === "DONE" ? 100 : job.total ? Math.floor((job.done / job.total) * 100) : 0) : 0}
        status={job?.state === "FAILED" ? "exception" : job?.state === "DONE" ? "success" : "active"}
      />
    </Card>
  );
}
