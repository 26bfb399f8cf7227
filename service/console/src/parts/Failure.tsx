import { Alert, Button } from "antd";
import type { CombinedError } from "@urql/core";

import { explain } from "../app/client";
import { Original } from "./Original";

/** An error that the person may report: what happened, what to do, and under which id. */
export function Failure({ error, retry }: { error: CombinedError; retry?: () => void }) {
  const { title, detail, requestId } = explain(error);
  return (
    <Alert
      type="error"
      showIcon
      role="alert"
      title={title}
      description={
        <>
          {detail && <Original message={detail} />}
          {requestId && (
            <div>
              请求编号 <code className="mono">{requestId}</code>
            </div>
          )}
        </>
      }
      action={retry && <Button onClick={retry}>重试</Button>}
    />
  );
}
