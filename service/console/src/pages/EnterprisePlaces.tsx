import { Card, Empty, Space } from "antd";
import { useQuery } from "urql";

import { useSession } from "../app/session";
import { ActButton } from "../parts/Act";
import { ENTERPRISE_STATUS } from "../parts/labels";
import { StateTag } from "../parts/Tags";
import { ENTERPRISE_ACT, GRIDS, PLATES } from "./enterpriseActs";
import { REASON, type Enterprise } from "./EnterpriseDetail";

type Place = Enterprise["premises"][number];

const fields = (place?: Place) => [
  { name: "name", label: "场所名称", required: true, initial: place?.name },
  { name: "address", label: "地址", required: true, initial: place?.address },
  { name: "latitude", label: "纬度", kind: "number" as const, required: true, initial: place?.latitude },
  { name: "longitude", label: "经度", kind: "number" as const, required: true, initial: place?.longitude },
];

/** Where the enterprise trades, with the plate of each place. */
export function PlacesTab({ found, changed }: { found: Enterprise; changed: () => void }) {
  const { can } = useSession();
  const writes = can("REGISTER", "WRITE");
  return (
    <>
      {writes && found.status !== "CLOSED" && (
        <ActButton title="新增经营场所" document={ENTERPRISE_ACT.addPlace} fixed={{ enterpriseId: found.id }} onDone={changed} done="已新增" fields={fields()}>
          新增经营场所
        </ActButton>
      )}
      {found.premises.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description="还没有经营场所" />}
      <ul className="cards" style={{ marginTop: 12 }}>
        {found.premises.map((place) => (
          <li key={place.id}>
            <Card size="small">
              <strong>{place.name}</strong> {place.status !== "OPERATING" && <StateTag state={place.status} table={ENTERPRISE_STATUS} />}
              <div className="break">{place.address}</div>
              <div className="number">
                {place.latitude.toFixed(5)}, {place.longitude.toFixed(5)}
              </div>
              <Plate place={place} />
              {writes && <PlaceActs place={place} changed={changed} />}
            </Card>
          </li>
        ))}
      </ul>
    </>
  );
}

function PlaceActs({ place, changed }: { place: Place; changed: () => void }) {
  const [{ data }] = useQuery({ query: GRIDS });
  const fixed = { premisesId: place.id };
  const small = { size: "small" as const };
  if (place.status === "CLOSED") return null;
  return (
    <Space wrap style={{ marginTop: 8 }}>
      <ActButton title="修改经营场所" document={ENTERPRISE_ACT.updatePlace} fixed={{ ...fixed, expectedVersion: place.version }} onDone={changed} button={small} fields={[...fields(place), { name: "reason", label: "修改原因" }]}>
        修改
      </ActButton>
      <ActButton
        title="调整网格"
        document={ENTERPRISE_ACT.movePlace}
        fixed={fixed}
        onDone={changed}
        done="已调整"
        button={small}
        fields={[{ name: "gridId", label: "网格", kind: "choice", options: data?.grids.edges.map(({ node }) => ({ value: node.id, label: `${node.code} ${node.name}` })), help: "不选表示不属于任何网格" }, REASON]}
      >
        调整网格
      </ActButton>
      {place.status === "OPERATING" ? (
        <ActButton title="场所停业" document={ENTERPRISE_ACT.suspendPlace} fixed={fixed} onDone={changed} button={small} fields={[REASON]}>
          停业
        </ActButton>
      ) : (
        <ActButton title="场所恢复营业" document={ENTERPRISE_ACT.reopenPlace} fixed={fixed} onDone={changed} button={small} fields={[REASON]}>
          恢复营业
        </ActButton>
      )}
      <ActButton title="关闭经营场所" document={ENTERPRISE_ACT.closePlace} fixed={fixed} onDone={changed} button={{ ...small, danger: true }} confirm="关闭" fields={[REASON]}>
        关闭
      </ActButton>
    </Space>
  );
}

function Plate({ place }: { place: Place }) {
  const { can, viewer } = useSession();
  const sees = can("SETTINGS", "READ_OWN") && viewer.role !== "COMMITTEE";
  const [{ data }] = useQuery({ query: PLATES, variables: { id: place.id }, pause: !sees });
  if (!data) return null;
  const plate = data.responsibilityPlates.edges[0]?.node;
  if (!plate) return place.status === "OPERATING" ? <div>没有责任牌</div> : null;
  return (
    <div className="break">
      责任牌第 {plate.version} 版：{[plate.adminHead, plate.industryHead, plate.enterpriseHead].map((one) => `${one.name}（${one.office}）`).join("、")}
    </div>
  );
}
