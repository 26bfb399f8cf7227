import { Skeleton } from "antd";

/** What stands where an answer is awaited; no empty heading for those who hear the page. */
export function Waiting() {
  return (
    <div role="status" aria-label="载入中">
      <Skeleton active title={false} paragraph={{ rows: 5 }} />
    </div>
  );
}
