import { useState } from "react";
import { Select, Space, Tabs } from "antd";

import { useSession } from "../app/session";
import { graphql } from "../gql";
import type { GrantState } from "../gql/graphql";
import { ActButton } from "../parts/Act";
import { ConnectionTable } from "../parts/ConnectionTable";
import { moment } from "../parts/format";
import { GRANT_STATE, ROLE, options } from "../parts/labels";
import { PageHead } from "../parts/Page";
import { StateTag } from "../parts/Tags";
import { useFilters } from "../parts/useSearch";
import { ToneTag } from "../parts/Tone";
import { Webhooks } from "./Webhooks";

const Members = graphql(`
  query ConsoleMembers($first: Int!, $after: String) {
    members(first: $first, after: $after) {
      totalCount
      edges { node { id name role validFrom validTo } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const Grants = graphql(`
  query ConsoleGrants($state: GrantState, $first: Int!, $after: String) {
    appGrants(state: $state, first: $first, after: $after) {
      totalCount
      edges { node { id appName clientId scopes state requestedAt decidedAt } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const End = graphql(`mutation CpEnd($input: EndMembershipInput!) { endMembership(input: $input) { member { id validTo } errors { code message path } } }`);
const Approve = graphql(`mutation CpApprove($input: ApproveAppGrantInput!) { approveAppGrant(input: $input) { grant { id state } errors { code message path } } }`);
const Refuse = graphql(`mutation CpRefuse($input: RefuseAppGrantInput!) { refuseAppGrant(input: $input) { grant { id state } errors { code message path } } }`);
const Revoke = graphql(`mutation CpRevoke($input: RevokeAppGrantInput!) { revokeAppGrant(input: $input) { grant { id state } errors { code message path } } }`);

export function Apps() {
  const { can } = useSession();
  const [filters, setFilters] = useFilters<"tab" | "state" | "sent">();
  const [version, setVersion] = useState(0);
  const changed = () => setVersion((before) => before + 1);
  return (
    <>
      <PageHead title="人员与应用" />
      <Tabs
        activeKey={filters.tab ?? (can("APP_GRANT", "READ_OWN") ? "apps" : "members")}
        onChange={(tab) => setFilters({ tab, state: null, sent: null })}
        items={[
          ...(can("APP_GRANT", "READ_OWN")
            ? [
                {
                  key: "apps",
                  label: "应用授权",
                  children: (
                    <>
                      <div className="filters" role="search">
                        <Select allowClear aria-label="状态" placeholder="状态" value={filters.state} options={options(GRANT_STATE)} onChange={(state) => setFilters({ state })} />
                      </div>
                      <ConnectionTable
                        label="应用授权"
                        query={Grants}
                        variables={{ state: (filters.state as GrantState | undefined) ?? null }}
                        version={version}
                        pick={(data) => data.appGrants}
                        empty="没有第三方应用申请过授权"
                        columns={[
                          { title: "应用", cell: (row) => row.appName },
                          { title: "客户端编号", cell: (row) => <span className="mono">{row.clientId}</span>, wideOnly: true },
                          { title: "权限范围", width: "30%", cell: (row) => row.scopes.map((scope) => <ToneTag key={scope}>{scope}</ToneTag>) },
                          { title: "状态", cell: (row) => <StateTag state={row.state} table={GRANT_STATE} /> },
                          { title: "申请时间", cell: (row) => <span className="number">{moment(row.requestedAt)}</span> },
                          {
                            title: "办理",
                            cell: (row) => {
                              if (!can("APP_GRANT", "DECIDE")) return "—";
                              const fixed = { grantId: row.id };
                              if (row.state === "REQUESTED")
                                return (
                                  <Space wrap>
                                    <ActButton title="同意授权" document={Approve} fixed={fixed} onDone={changed} confirm="同意" button={{ size: "small" }} intro={`${row.appName} 将可以：${row.scopes.join("、")}`}>
                                      同意
                                    </ActButton>
                                    <ActButton title="拒绝授权" document={Refuse} fixed={fixed} onDone={changed} confirm="拒绝" button={{ size: "small", danger: true }} intro={`拒绝 ${row.appName} 的申请。`}>
                                      拒绝
                                    </ActButton>
                                  </Space>
                                );
                              if (row.state === "ACTIVE")
                                return (
                                  <ActButton title="撤销授权" document={Revoke} fixed={fixed} onDone={changed} confirm="撤销" button={{ size: "small", danger: true }} intro={`${row.appName} 的令牌立即失效。`}>
                                    撤销
                                  </ActButton>
                                );
                              return "—";
                            },
                          },
                        ]}
                      />
                    </>
                  ),
                },
              ]
            : []),
          ...(can("WEBHOOK", "READ_OWN") ? [{ key: "hooks", label: "回调", children: <Webhooks /> }] : []),
          ...(can("MEMBER", "READ_OWN")
            ? [
                {
                  key: "members",
                  label: "人员",
                  children: (
                    <ConnectionTable
                      label="人员"
                      query={Members}
                      variables={{}}
                      version={version}
                      pick={(data) => data.members}
                      columns={[
                        { title: "姓名", cell: (row) => row.name },
                        { title: "身份", cell: (row) => ROLE[row.role] },
                        { title: "自", cell: (row) => <span className="number">{row.validFrom}</span> },
                        { title: "至", cell: (row) => <span className="number">{row.validTo ?? "—"}</span> },
                        {
                          title: "办理",
                          cell: (row) =>
                            can("MEMBER", "WRITE") && !row.validTo ? (
                              <ActButton title="结束任职" document={End} fixed={{ memberId: row.id }} onDone={changed} confirm="结束" button={{ size: "small", danger: true }} intro={`${row.name} 的账号将不能再进入本单位。`}>
                                结束
                              </ActButton>
                            ) : (
                              "—"
                            ),
                        },
                      ]}
                    />
                  ),
                },
              ]
            : []),
        ]}
      />
    </>
  );
}
