import { PageHead } from "../parts/Page";

export function Desk() {
  return <PageHead title="今日待办" />;
}
