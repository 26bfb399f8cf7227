import { useState } from "react";
import { Button, Card, Drawer, Empty, Input, Select, Space } from "antd";

import { useSession } from "../app/session";
import { graphql } from "../gql";
import type { ConsoleReadEnterpriseHazardsMutation, RiskColour } from "../gql/graphql";
import { ConnectionTable } from "../parts/ConnectionTable";
import { ENTERPRISE_STATUS, HAZARD_CATEGORY, HAZARD_GRADE, HAZARD_STATE, RISK, options } from "../parts/labels";
import { PurposeGate } from "../parts/PurposeGate";
import { DueTag, StateTag } from "../parts/Tags";
import { ToneTag } from "../parts/Tone";

const List = graphql(`
  query TownEnterprises($where: EnterpriseWhere, $first: Int!, $after: String) {
    enterprises(where: $where, first: $first, after: $after) {
      totalCount
      edges { node { id name risk status } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const Look = graphql(`
  mutation ConsoleReadEnterpriseHazards($input: ReadEnterpriseHazardsWithPurposeInput!) {
    readEnterpriseHazardsWithPurpose(input: $input) {
      hazards { id state grade category description dueOn assignedTo overdueSince premises { name } }
      errors { code message path }
    }
  }
`);

type Found = NonNullable<ConsoleReadEnterpriseHazardsMutation["readEnterpriseHazardsWithPurpose"]["hazards"]>;

/** From a town's number to its enterprises, and from one of these, for a stated purpose, to its hazards. */
export function TownEnterprises({ town }: { town: string }) {
  const { can } = useSession();
  const [search, setSearch] = useState("");
  const [risk, setRisk] = useState<RiskColour | undefined>();
  const [chosen, setChosen] = useState<{ id: string; name: string } | null>(null);
  return (
    <section aria-label="镇街企业">
      <h3>企业</h3>
      <div className="filters" role="search">
        <Input.Search allowClear aria-label="查找企业" placeholder="名称、拼音或信用代码" maxLength={60} onSearch={setSearch} style={{ width: 240 }} />
        <Select allowClear aria-label="风险等级" placeholder="风险等级" value={risk} options={options(RISK)} onChange={setRisk} />
      </div>
      <ConnectionTable
        label="企业"
        query={List}
        variables={{ where: { townId: town, ...(search ? { search } : {}), ...(risk ? { risk } : {}) } }}
        pick={(data) => data.enterprises}
        pageSize={10}
        columns={[
          { title: "企业", width: "46%", cell: (row) => <a href={`/console/enterprises?id=${encodeURIComponent(row.id)}`}>{row.name}</a> },
          { title: "风险", cell: (row) => (row.risk ? RISK[row.risk] : "—") },
          { title: "状态", cell: (row) => ENTERPRISE_STATUS[row.status] },
          ...(can("HAZARD", "READ_WITH_PURPOSE")
            ? [
                {
                  title: "隐患",
                  cell: (row: { id: string; name: string }) => (
                    <Button size="small" aria-label={`查阅隐患：${row.name}`} onClick={() => setChosen(row)}>
                      查阅隐患
                    </Button>
                  ),
                },
              ]
            : []),
        ]}
      />
      <Drawer open={chosen !== null} onClose={() => setChosen(null)} size="min(640px, 100vw)" title={chosen ? `${chosen.name}的未闭环隐患` : ""} destroyOnHidden>
        {chosen && (
          <PurposeGate
            key={chosen.id}
            id={chosen.id}
            purpose={{
              needed: true,
              document: Look,
              input: (enterpriseId, purpose) => ({ enterpriseId, purpose }),
              pick: (data): Found | null => data?.readEnterpriseHazardsWithPurpose?.hazards ?? null,
            }}
          >
            {(hazards) => <Hazards hazards={hazards} />}
          </PurposeGate>
        )}
      </Drawer>
    </section>
  );
}

function Hazards({ hazards }: { hazards: Found }) {
  if (hazards.length === 0) return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description="没有未闭环的隐患" />;
  return (
    <ul className="cards">
      {hazards.map((one) => (
        <li key={one.id}>
          <Card size="small">
            <div className="pre" style={{ fontWeight: 600 }}>
              {one.description}
            </div>
            <Space wrap style={{ marginTop: 4 }}>
              <StateTag state={one.state} table={HAZARD_STATE} />
              {one.grade && <ToneTag tone={one.grade === "MAJOR" ? "red" : "plain"}>{HAZARD_GRADE[one.grade]}</ToneTag>}
              <span>{HAZARD_CATEGORY[one.category]}</span>
              {one.premises && <span>{one.premises.name}</span>}
              <DueTag day={one.dueOn} />
              {one.assignedTo && <span>整改责任人 {one.assignedTo}</span>}
            </Space>
          </Card>
        </li>
      ))}
    </ul>
  );
}
