import { useEffect, useRef, useState } from "react";
import { Select } from "antd";
import { useQuery } from "urql";

import { useSession } from "../app/session";
import { graphql } from "../gql";
import { ActButton } from "../parts/Act";
import { ConnectionTable } from "../parts/ConnectionTable";
import { clock, day } from "../parts/format";
import { plainId } from "../parts/ids";
import { useItemNames } from "../parts/items";
import { TEAM_SHORTAGE } from "../parts/labels";
import { useBodyNames } from "../parts/Pickers";
import { ToneTag } from "../parts/Tone";
import { OFFICER_ACT } from "./officerActs";

const Short = graphql(`
  query ConsoleShortVisits($first: Int!, $after: String) {
    visitsShortOfOfficers(first: $first, after: $after) {
      totalCount
      edges { node { id day startsAt minutes shortage leadBodyId officerIds explanationZh demands { id items bodyId } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const Able = graphql(`
  query ConsoleAbleOfficers($bodies: [ID!]!, $on: Date!) {
    officers(bodyIds: $bodies, certifiedOn: $on, first: 100) { edges { node { id name cardNo bodyId } } }
  }
`);
const Member = graphql(`
  query ConsoleTeamMember($id: ID!) { node(id: $id) { ... on Officer { id name cardNo cardValidTo active leftOn bodyId } } }
`);

const globalId = (kind: string, id: string) => btoa(`${kind}:${id}`);

/** Announced visits whose team cannot go as it stands; the lead body names another. */
export function ShortVisits() {
  const { can, viewer } = useSession();
  const names = useBodyNames();
  const items = useItemNames();
  const [version, setVersion] = useState(0);
  const mine = viewer.body ? plainId(viewer.body.id) : null;
  return (
    <>
      <p className="soft">已公布的检查，因人员离任、证件到期、请假或调动而缺人。由牵头机关换人，日期、时间和检查事项不变。</p>
      <ConnectionTable
        label="缺人的检查"
        query={Short}
        variables={{}}
        version={version}
        pick={(data) => data.visitsShortOfOfficers}
        empty="没有缺人的检查"
        columns={[
          { title: "时间", cell: (row) => <span className="number">{`${row.day} ${clock(row.startsAt)}`}</span> },
          { title: "缺什么", width: "20%", cell: (row) => (row.shortage ? <ToneTag tone="red" style={{ whiteSpace: "normal" }}>{TEAM_SHORTAGE[row.shortage]}</ToneTag> : "—") },
          { title: "牵头机关", cell: (row) => names(row.leadBodyId) },
          { title: "检查事项", width: "26%", cell: (row) => row.demands.map((one) => `${names(one.bodyId)}：${one.items.map(items.name).join("、")}`).join("；") },
          { title: "说明", wideOnly: true, width: "22%", cell: (row) => <span className="break">{row.explanationZh}</span> },
          {
            title: "办理",
            cell: (row) =>
              can("DEMAND", "DECIDE") && mine === row.leadBodyId ? (
                <ActButton
                  title="换人"
                  document={OFFICER_ACT.team}
                  fixed={{ visitId: row.id }}
                  onDone={() => setVersion((before) => before + 1)}
                  done="已换人"
                  button={{ size: "small" }}
                  intro={<NowOnTeam ids={row.officerIds} on={row.day} />}
                  fields={[
                    {
                      name: "officerIds",
                      label: "全部人员（至少两人，须有牵头机关的人）",
                      required: true,
                      control: <TeamPicker on={row.day} now={row.officerIds} bodies={[...new Set([row.leadBodyId, ...row.demands.map((one) => one.bodyId)])]} />,
                      help: `只列出参加机关里 ${day(row.day)}证件有效的人，牵头机关的在前；请假和同一时间的另一次检查在提交时核对。`,
                    },
                    { name: "reason", label: "原因", required: true, max: 400 },
                  ]}
                >
                  换人
                </ActButton>
              ) : (
                `等待${names(row.leadBodyId)}换人`
              ),
          },
        ]}
      />
    </>
  );
}

/** Who is on the team now, and who of them cannot come. */
function NowOnTeam({ ids, on }: { ids: string[]; on: string }) {
  return (
    <section aria-label="现在的人员">
      现在的人员：
      <ul className="lines">
        {ids.map((id) => (
          <MemberLine key={id} id={id} on={on} />
        ))}
      </ul>
    </section>
  );
}

function MemberLine({ id, on }: { id: string; on: string }) {
  const names = useBodyNames();
  const [{ data, fetching }] = useQuery({ query: Member, variables: { id: globalId("Officer", id) } });
  const one = data?.node && "cardNo" in data.node ? data.node : null;
  if (!one) return <li>{fetching ? "载入中" : "不在您的范围内的人员"}</li>;
  const why = !one.active ? `${day(one.leftOn)}离任` : one.cardValidTo < on ? `执法证 ${day(one.cardValidTo)}到期` : null;
  return (
    <li>
      {one.name}（{names(one.bodyId)}，{one.cardNo}）{why && <ToneTag tone="red">{why}</ToneTag>}
    </li>
  );
}

/** Officers of the bodies that take part, the lead first, with cards valid on the day; begins with those who stay. */
function TeamPicker({ value, onChange, id, on, now, bodies }: { value?: string[]; onChange?: (value: string[]) => void; id?: string; on: string; now: string[]; bodies: string[] }) {
  const names = useBodyNames();
  const [{ data, fetching }] = useQuery({ query: Able, variables: { on, bodies: bodies.map((body) => globalId("Body", body)) } });
  const found = data?.officers.edges.map(({ node }) => node) ?? [];
  const [lead] = bodies;
  const begun = useRef(false);
  useEffect(() => {
    if (!data || begun.current) return;
    begun.current = true;
    const able = new Set(found.map((one) => one.id));
    const staying = now.map((one) => globalId("Officer", one)).filter((one) => able.has(one));
    if (staying.length > 0 && !value?.length) onChange?.(staying);
  }, [data]);
  return (
    <>
      <Select
        id={id}
        mode="multiple"
        value={value}
        onChange={onChange}
        loading={fetching}
        showSearch={{ optionFilterProp: "label" }}
        placeholder="选择执法人员"
        options={[...found.filter((one) => one.bodyId === lead), ...found.filter((one) => one.bodyId !== lead)].map((one) => ({ value: one.id, label: `${one.name}（${names(one.bodyId)}，${one.cardNo}）` }))}
        style={{ width: "100%" }}
      />
      {data && found.every((one) => one.bodyId !== lead) && <div>牵头机关当天没有证件有效的人：先任命或换证。</div>}
    </>
  );
}
