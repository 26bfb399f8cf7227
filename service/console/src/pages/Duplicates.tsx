import { Button, Card, Empty, Space } from "antd";
import { Link } from "react-router";
import { useQuery } from "urql";

import { graphql } from "../gql";
import type { ConsoleDuplicatesQuery } from "../gql/graphql";
import { ActButton } from "../parts/Act";
import { Failure } from "../parts/Failure";
import { number } from "../parts/format";
import { DUPLICATE_REASON } from "../parts/labels";
import { PageHead } from "../parts/Page";
import { ToneTag } from "../parts/Tone";
import { Waiting } from "../parts/Waiting";

const Ask = graphql(`
  query ConsoleDuplicates {
    likelyDuplicates(first: 20) {
      totalCount
      pairs {
        score
        reasons
        first { id name creditCode alternateId principalName contactPhone premises { id address } }
        second { id name creditCode alternateId principalName contactPhone premises { id address } }
      }
    }
  }
`);
const Answer = graphql(`mutation CdAnswer($input: AnswerDuplicateInput!) { answerDuplicate(input: $input) { enterprise { id } errors { code message path } } }`);

type Pair = ConsoleDuplicatesQuery["likelyDuplicates"]["pairs"][number];

/** Entries that may be one enterprise, the likeliest first; each answer makes room for the next. */
export function Duplicates() {
  const [{ data, error, fetching }, again] = useQuery({ query: Ask, requestPolicy: "cache-and-network" });
  if (error && !data) return <Failure error={error} retry={again} />;
  if (fetching && !data) return <Waiting />;
  const found = data?.likelyDuplicates;
  const onDone = () => again({ requestPolicy: "network-only" });
  return (
    <>
      <PageHead title={`疑似重复企业 ${number(found?.totalCount ?? 0)}`}>
        <Button href="/console/enterprises">返回台账</Button>
      </PageHead>
      {!found?.pairs.length && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description="没有待核对的疑似重复" />}
      <ul className="cards">
        {found?.pairs.map((pair) => (
          <li key={`${pair.first.id}-${pair.second.id}`}>
            <Question pair={pair} onDone={onDone} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Question({ pair, onDone }: { pair: Pair; onDone: () => void }) {
  const fixed = { firstId: pair.first.id, secondId: pair.second.id };
  const reason = { name: "reason", label: "理由", kind: "area" as const, required: true };
  // The entry with a credit code stays; without one on either side the clerk chooses.
  const can = (side: Pair["first"]) => Boolean(side.creditCode) || !(pair.first.creditCode || pair.second.creditCode);
  return (
    <Card size="small">
      <Space wrap>
        <strong>{pair.score} 分</strong>
        {pair.reasons.map((one) => (
          <ToneTag key={one} tone="plain">
            {DUPLICATE_REASON[one]}
          </ToneTag>
        ))}
      </Space>
      {[pair.first, pair.second].map((side) => (
        <div key={side.id} className="break" style={{ marginTop: 8 }}>
          <Link to={`/enterprises?id=${encodeURIComponent(side.id)}`}>{side.name}</Link> <span className="mono">{side.creditCode ?? side.alternateId}</span>
          <div>{[side.principalName, side.contactPhone, ...side.premises.map((place) => place.address)].filter(Boolean).join(" · ")}</div>
        </div>
      ))}
      <Space wrap style={{ marginTop: 8 }}>
        {[pair.first, pair.second].filter(can).map((side) => (
          <ActButton
            key={side.id}
            title={`是同一家，保留“${side.name}”`}
            intro="另一条登记将注销并注明并入何处；其场所和原有号码转到保留的登记，检查、隐患和案件留在原登记上。"
            document={Answer}
            fixed={{ ...fixed, verdict: "SAME", keptId: side.id }}
            onDone={onDone}
            done="已合并"
            button={{ size: "small" }}
            fields={[reason]}
          >
            同一家，保留“{side.name}”
          </ActButton>
        ))}
        <ActButton title="是两家企业" document={Answer} fixed={{ ...fixed, verdict: "DIFFERENT" }} onDone={onDone} done="已记住" button={{ size: "small" }} fields={[reason]}>
          是两家
        </ActButton>
      </Space>
    </Card>
  );
}
