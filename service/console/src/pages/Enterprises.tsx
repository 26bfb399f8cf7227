import { useState } from "react";
import { Button, Descriptions, Drawer, Empty, Input, List, Select, Tabs } from "antd";
import { PlusOutlined } from "@ant-design/icons";
import { useQuery } from "urql";

import { useSession } from "../app/session";
import { graphql } from "../gql";
import type { RiskColour } from "../gql/graphql";
import { ActButton } from "../parts/Act";
import { ConnectionTable } from "../parts/ConnectionTable";
import { creditCodeProblem } from "../parts/creditCode";
import { Failure } from "../parts/Failure";
import { ENTERPRISE_STATUS, RISK, options } from "../parts/labels";
import { PageHead } from "../parts/Page";
import { RiskTag, StateTag } from "../parts/Tags";
import { useFilters } from "../parts/useSearch";
import { Waiting } from "../parts/Waiting";

const List_ = graphql(`
  query ConsoleEnterprises($where: EnterpriseWhere, $first: Int!, $after: String) {
    enterprises(where: $where, first: $first, after: $after) {
      totalCount
      edges {
        node {
          id
          name
          creditCode
          alternateId
          industryCode
          aboveQuota
          risk
          status
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

const One = graphql(`
  query ConsoleEnterprise($id: ID!) {
    node(id: $id) {
      ... on Enterprise {
        id
        name
        creditCode
        alternateId
        industryCode
        aboveQuota
        risk
        status
        premises {
          id
          name
          address
          latitude
          longitude
        }
      }
    }
  }
`);

const Enrol = graphql(`
  mutation ConsoleEnrolEnterprise($input: EnrolEnterpriseInput!) {
    enrolEnterprise(input: $input) {
      enterprise {
        id
        name
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const AddPremises = graphql(`
  mutation ConsoleAddPremises($input: AddPremisesInput!) {
    addPremises(input: $input) {
      premises {
        id
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

type Filter = "search" | "risk" | "quota" | "id";

export function Enterprises() {
  const { can } = useSession();
  const [filters, setFilters] = useFilters<Filter>();
  const [version, setVersion] = useState(0);
  const where = {
    ...(filters.search ? { search: filters.search } : {}),
    ...(filters.risk ? { risk: filters.risk as RiskColour } : {}),
    ...(filters.quota ? { aboveQuota: filters.quota === "above" } : {}),
  };
  return (
    <>
      <PageHead title="企业台账">
        {can("REGISTER", "WRITE") && (
          <ActButton
            title="登记企业"
            document={Enrol}
            button={{ type: "primary", icon: <PlusOutlined /> }}
            done="已登记"
            onDone={(data) => {
              setVersion((before) => before + 1);
              setFilters({ id: data.enrolEnterprise.enterprise?.id });
            }}
            fields={[
              { name: "name", label: "名称", required: true, help: "营业执照上的全称" },
              { name: "creditCode", label: "统一社会信用代码", max: 18, check: (value) => creditCodeProblem(value as string | undefined) },
              { name: "alternateId", label: "原注册号", help: "没有统一社会信用代码时填写" },
              { name: "industryCode", label: "行业代码", help: "GB/T 4754-2017，例如 H6210 填 6210" },
              { name: "risk", label: "风险等级", kind: "radio", options: options(RISK), initial: "BLUE" },
              { name: "aboveQuota", label: "限额以上", kind: "flag" },
            ]}
          >
            登记企业
          </ActButton>
        )}
      </PageHead>
      <div className="filters" role="search">
        <Input.Search
          allowClear
          aria-label="按名称或信用代码搜索"
          placeholder="名称的一部分，或信用代码开头"
          defaultValue={filters.search}
          onSearch={(search) => setFilters({ search: search.trim() })}
          style={{ width: 300, maxWidth: "100%" }}
        />
        <Select
          allowClear
          aria-label="风险等级"
          placeholder="风险等级"
          value={filters.risk}
          options={options(RISK)}
          onChange={(risk) => setFilters({ risk })}
        />
        <Select
          allowClear
          aria-label="限额"
          placeholder="限额"
          value={filters.quota}
          options={[
            { value: "above", label: "限额以上" },
            { value: "below", label: "限额以下" },
          ]}
          onChange={(quota) => setFilters({ quota })}
        />
      </div>
      <ConnectionTable
        label="企业"
        query={List_}
        variables={{ where }}
        version={version}
        pick={(data) => data.enterprises}
        empty={filters.search ? "没有找到，换个关键词试试" : undefined}
        columns={[
          {
            title: "名称",
            width: "36%",
            cell: (row) => (
              <Button type="link" className="row-link" onClick={() => setFilters({ id: row.id })}>
                {row.name}
              </Button>
            ),
          },
          { title: "统一社会信用代码", cell: (row) => <span className="mono">{row.creditCode ?? row.alternateId ?? "—"}</span> },
          { title: "行业", cell: (row) => row.industryCode || "—" },
          { title: "限额", cell: (row) => (row.aboveQuota ? "以上" : "以下") },
          { title: "风险", cell: (row) => <RiskTag risk={row.risk} /> },
          { title: "状态", cell: (row) => <StateTag state={row.status === "OPERATING" ? "" : row.status} table={{ ...ENTERPRISE_STATUS, "": "在营" }} /> },
        ]}
      />
      <EnterpriseDrawer id={filters.id} onClose={() => setFilters({ id: null })} />
    </>
  );
}

function EnterpriseDrawer({ id, onClose }: { id: string | undefined; onClose: () => void }) {
  return (
    <Drawer open={Boolean(id)} onClose={onClose} size="min(720px, 100vw)" title="企业详情" destroyOnHidden>
      {id && <EnterpriseDetail id={id} />}
    </Drawer>
  );
}

function EnterpriseDetail({ id }: { id: string }) {
  const { can } = useSession();
  const [{ data, error, fetching }, again] = useQuery({ query: One, variables: { id } });
  const found = data?.node && "name" in data.node ? data.node : null;
  if (error && !found) return <Failure error={error} retry={again} />;
  if (fetching && !found) return <Waiting />;
  if (!found) return <Empty description="没有找到这家企业，或不在您的范围内" />;
  return (
    <>
      <h2 className="break" style={{ marginTop: 0, fontSize: 18 }}>
        {found.name}
      </h2>
      <Descriptions
        size="small"
        column={1}
        items={[
          { key: "code", label: "统一社会信用代码", children: <span className="mono">{found.creditCode ?? "—"}</span> },
          ...(found.alternateId ? [{ key: "old", label: "原注册号", children: found.alternateId }] : []),
          { key: "trade", label: "行业代码", children: found.industryCode || "—" },
          { key: "quota", label: "限额", children: found.aboveQuota ? "限额以上" : "限额以下" },
          { key: "risk", label: "风险等级", children: <RiskTag risk={found.risk} /> },
          { key: "status", label: "状态", children: ENTERPRISE_STATUS[found.status] },
        ]}
      />
      <Tabs
        items={[
          {
            key: "premises",
            label: `经营场所 ${found.premises.length}`,
            children: (
              <>
                {can("REGISTER", "WRITE") && (
                  <ActButton
                    title="新增经营场所"
                    document={AddPremises}
                    fixed={{ enterpriseId: id }}
                    onDone={() => again({ requestPolicy: "network-only" })}
                    done="已新增"
                    fields={[
                      { name: "name", label: "场所名称", required: true },
                      { name: "address", label: "地址", required: true },
                      { name: "latitude", label: "纬度", kind: "number", required: true },
                      { name: "longitude", label: "经度", kind: "number", required: true },
                    ]}
                  >
                    新增经营场所
                  </ActButton>
                )}
                <List
                  dataSource={found.premises}
                  locale={{ emptyText: "还没有经营场所" }}
                  renderItem={(place) => (
                    <List.Item>
                      <List.Item.Meta title={place.name} description={`${place.address}（${place.latitude.toFixed(5)}, ${place.longitude.toFixed(5)}）`} />
                    </List.Item>
                  )}
                />
              </>
            ),
          },
        ]}
      />
    </>
  );
}
