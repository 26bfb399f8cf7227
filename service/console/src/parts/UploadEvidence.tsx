import { useRef, useState } from "react";
import { Alert, Button, Progress, Space } from "antd";
import { UploadOutlined } from "@ant-design/icons";

import { sessionFetch } from "../app/client";
import type { EvidenceSubjectKind } from "../gql/graphql";
import { CallFailed } from "./call";
import { bytes } from "./format";
import { refusalLine } from "./refusals";
import { upload, type Step } from "./upload";

type Props = {
  subjectKind: EvidenceSubjectKind;
  /** Plain or global id of what the evidence belongs to. */
  subjectId: string;
  onDone: (evidenceId: string) => void | Promise<void>;
  children?: string;
};

/** Choose files; each goes to the store in parts, and goes on where it stopped. */
export function UploadEvidence({ subjectKind, subjectId, onDone, children = "上传证据" }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const [step, setStep] = useState<(Step & { name: string }) | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const stop = useRef<AbortController | null>(null);

  const send = async (file: File) => {
    stop.current = new AbortController();
    const id = await upload(
      {
        file,
        filename: file.name,
        subjectKind,
        subjectId,
        capturedAt: new Date(Math.min(file.lastModified, Date.now())).toISOString(),
      },
      {
        send: sessionFetch as never,
        onStep: (next) => setStep({ ...next, name: file.name }),
        // Choosing the file again after a closed browser goes on where it stopped.
        storage: localStorage,
        signal: stop.current.signal,
      },
    );
    await onDone(id);
  };

  const take = async (files: FileList | null) => {
    setProblem(null);
    try {
      for (const file of Array.from(files ?? [])) await send(file);
      setStep(null);
    } catch (error) {
      const failed = error instanceof CallFailed ? error : null;
      setProblem(failed ? refusalLine(failed) : String(error));
    }
    if (input.current) input.current.value = "";
  };

  const busy = step !== null && problem === null;
  return (
    <div>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-hidden
        data-testid="evidence-file"
        accept="image/*,video/*,audio/*,application/pdf"
        onChange={(event) => void take(event.target.files)}
      />
      <Button icon={<UploadOutlined />} loading={busy} onClick={() => input.current?.click()}>
        {children}
      </Button>
      {step && (
        <Space orientation="vertical" style={{ width: "100%", marginTop: 8 }}>
          <span className="break">
            {step.name} · {step.stage === "hashing" ? "计算摘要" : "上传"} {bytes(step.done)} / {bytes(step.total)}
          </span>
          <Progress percent={step.total ? Math.floor((step.done / step.total) * 100) : 0} aria-label="上传进度" status={problem ? "exception" : "active"} />
          {busy && (
            <Button size="small" onClick={() => stop.current?.abort()}>
              停止
            </Button>
          )}
        </Space>
      )}
      {problem && <Alert type="error" showIcon role="alert" title={problem} description="再次选择同一个文件会从断点继续。" style={{ marginTop: 8 }} />}
    </div>
  );
}
