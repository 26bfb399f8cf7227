import { graphql } from "../gql";
import { ConnectionTable } from "../parts/ConnectionTable";
import { moment, number } from "../parts/format";
import { LOG_CONSUMER_LAG } from "../parts/labels";
import { ToneTag } from "../parts/Tone";

const List = graphql(`
  query ConsoleLogConsumers($first: Int!, $after: String) {
    logConsumers(first: $first, after: $after) {
      totalCount
      edges { node { id name size heardAt lag staleSince unconfirmedRemovals confirmBy } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

/** Who keeps a copy of the public list, and whether what was removed here is gone there too. */
export function Consumers() {
  return (
    <div style={{ marginTop: 24 }}>
      <h2 style={{ fontSize: 16 }}>
        订阅单位
      </h2>
      <p>经专委办同意取用公示数据的单位。移出（撤回、修复、到期）后须在时限内确认；未确认或说法与日志不符的在此报警。</p>
      <ConnectionTable
        label="订阅单位"
        query={List}
        variables={{}}
        pick={(data) => data.logConsumers}
        pageSize={10}
        empty="还没有订阅单位：由区专委办在“应用授权”中同意 blacklist:write 后出现"
        columns={[
          { title: "单位", cell: (row) => row.name },
          {
            title: "状态",
            cell: (row) =>
              row.lag ? (
                <>
                  <ToneTag tone="red">{LOG_CONSUMER_LAG[row.lag]}</ToneTag> {row.staleSince ? `自 ${moment(row.staleSince)}` : ""}
                </>
              ) : (
                <ToneTag tone="green">正常</ToneTag>
              ),
          },
          { title: "已确认到", right: true, cell: (row) => <span className="number">{number(Number(row.size))}</span> },
          { title: "未确认的移出", right: true, cell: (row) => <span className="number">{number(row.unconfirmedRemovals)}</span> },
          { title: "确认期限", cell: (row) => <span className="number">{row.confirmBy ? moment(row.confirmBy) : "—"}</span> },
          { title: "最近回执", cell: (row) => <span className="number">{row.heardAt ? moment(row.heardAt) : "从未"}</span>, wideOnly: true },
        ]}
      />
    </div>
  );
}
