import { Alert, Button, Card, Empty, Space } from "antd";
import { Link } from "react-router";
import { useQuery } from "urql";

import { useSession } from "../app/session";
import { ActButton } from "../parts/Act";
import { Failure } from "../parts/Failure";
import { day } from "../parts/format";
import { ASSET_STANDING, CONFORMITY_LEVEL, GRADE, STANDARDISATION_STATE, options } from "../parts/labels";
import { DueTag, StateTag } from "../parts/Tags";
import { ToneTag } from "../parts/Tone";
import { Waiting } from "../parts/Waiting";
import { ASSET_KINDS, ENTERPRISE_ACT, EQUIPMENT, STANDING } from "./enterpriseActs";
import { REASON, type Enterprise } from "./EnterpriseDetail";
import { applyFields, assessFields, certificateFields, graded, inspectionFields, judged } from "./standardForms";

const RUNNING = new Set(["APPLIED", "SELF_ASSESSED", "REVIEWED", "PUBLISHED"]);
const nothing = (text: string) => <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={text} />;

/** Certificates with how they came about, and the disciplines and posts that must conform. */
export function StandardTab({ found }: { found: Enterprise }) {
  const { can } = useSession();
  const [{ data, error, fetching }, again] = useQuery({ query: STANDING, variables: { id: found.id } });
  const node = data?.node && "certificates" in data.node ? data.node : null;
  if (error && !node) return <Failure error={error} retry={again} />;
  if (fetching && !node) return <Waiting />;
  if (!node) return nothing("没有找到");
  const changed = () => again({ requestPolicy: "network-only" });
  const enters = can("STANDARDISATION", "WRITE") && found.status !== "CLOSED";
  const decides = can("STANDARDISATION", "DECIDE") && found.status !== "CLOSED";
  const fixed = { enterpriseId: found.id };
  const kept = node.conformity.items.filter((one) => !one.endedOn);
  const ended = node.conformity.items.filter((one) => one.endedOn);
  return (
    <>
      <h3>证书与申请</h3>
      {(enters || decides) && (
        <Space wrap style={{ marginBottom: 12 }}>
          {enters && !node.certificates.some((one) => RUNNING.has(one.state)) && (
            <ActButton title="登记达标申请" document={ENTERPRISE_ACT.apply} fixed={fixed} onDone={changed} done="已登记" shape={graded} fields={applyFields()}>
              登记申请
            </ActButton>
          )}
          {decides && (
            <ActButton title="登记已有证书" document={ENTERPRISE_ACT.certificate} fixed={fixed} onDone={changed} done="已登记" shape={graded} intro="证书是别处发的、这里没有申请过程时用。" fields={certificateFields()}>
              登记已有证书
            </ActButton>
          )}
        </Space>
      )}
      {node.certificates.length === 0 && nothing("没有申请，也没有证书")}
      <ul className="cards">
        {node.certificates.map((one) => (
          <li key={one.id}>
            <Card size="small">
              <Link to={`/standard?tab=certs&id=${encodeURIComponent(one.id)}`}>
                {GRADE[one.grade]} {one.number ?? `申请于 ${day(one.appliedOn)}`}
              </Link>{" "}
              <StateTag state={one.state} table={STANDARDISATION_STATE} />
              {one.validTo && (
                <div>
                  有效期：{day(one.issuedOn)} 至 <DueTag day={one.validTo} done={one.state !== "GRANTED"} />
                </div>
              )}
              {one.reason && <div className="break">{one.reason}</div>}
            </Card>
          </li>
        ))}
      </ul>
      <h3>专业与岗位达标</h3>
      <p>
        {node.conformity.conforms == null ? "还没有规定必须达标的专业或岗位。" : node.conformity.conforms ? "必须达标的项目全部达标。" : "必须达标的项目没有全部达标。"}
      </p>
      {enters && (
        <ActButton
          title="规定达标项目"
          document={ENTERPRISE_ACT.keepItems}
          fixed={fixed}
          onDone={changed}
          done="已规定"
          intro="已有的项目再写一次，只改是否必须。"
          shape={({ items }) => ({ items: (items as { level: string; name: string; optional?: boolean }[]).map(({ optional, ...one }) => ({ ...one, required: !optional })) })}
          fields={[
            {
              name: "items",
              label: "项目",
              kind: "rows",
              required: true,
              row: [
                { name: "level", label: "层级", kind: "radio", options: options(CONFORMITY_LEVEL), required: true },
                { name: "name", label: "名称", required: true, max: 100, help: "例如“用电管理”“叉车司机”" },
                { name: "optional", label: "不是必须", kind: "flag" },
              ],
            },
          ]}
        >
          规定达标项目
        </ActButton>
      )}
      <ul className="cards" style={{ marginTop: 12 }}>
        {kept.map((one) => (
          <li key={one.id}>
            <Card size="small">
              <strong>{one.name}</strong>（{CONFORMITY_LEVEL[one.level]}
              {one.required ? "" : "，不是必须"}）{" "}
              <ToneTag tone={one.passed == null ? "orange" : one.passed ? "green" : "red"}>{one.passed == null ? "待评" : one.passed ? "达标" : "未达标"}</ToneTag>
              <div>{one.assessedOn ? `评定于 ${day(one.assessedOn)}` : `自 ${day(one.addedOn)} 起要求`}</div>
              {enters && (
                <Space wrap style={{ marginTop: 8 }}>
                  <ActButton title={`评定：${one.name}`} document={ENTERPRISE_ACT.assess} fixed={{ itemId: one.id }} onDone={changed} done="已评定" button={{ size: "small" }} shape={judged} fields={assessFields()}>
                    评定
                  </ActButton>
                  <ActButton title={`不再要求：${one.name}`} document={ENTERPRISE_ACT.endItem} fixed={{ itemId: one.id }} onDone={changed} button={{ size: "small", danger: true }} confirm="不再要求" intro="从今天起不再计入达标，以前的评定保留。">
                    不再要求
                  </ActButton>
                </Space>
              )}
            </Card>
          </li>
        ))}
      </ul>
      {ended.length > 0 && <p>以前要求过：{ended.map((one) => `${one.name}（至 ${day(one.endedOn)}）`).join("、")}</p>}
    </>
  );
}

/** Equipment at each of the premises: what is due, what was found, and how it was put out of use. */
export function EquipmentTab({ found }: { found: Enterprise }) {
  const { can } = useSession();
  const [{ data, error, fetching }, again] = useQuery({ query: EQUIPMENT, variables: { id: found.id } });
  const [{ data: known }] = useQuery({ query: ASSET_KINDS });
  const node = data?.node && "premises" in data.node ? data.node : null;
  if (error && !node) return <Failure error={error} retry={again} />;
  if (fetching && !node) return <Waiting />;
  if (!node) return nothing("没有找到");
  const changed = () => again({ requestPolicy: "network-only" });
  const kinds = known?.assetKinds ?? [];
  const named = new Map(kinds.map((one) => [one.code, one.name]));
  const open = found.premises.filter((place) => place.status !== "CLOSED");
  const places = node.premises.filter((place) => place.assets.totalCount > 0);
  const enters = can("ASSET", "WRITE");
  return (
    <>
      {enters && open.length > 0 && (
        <ActButton
          title="登记设备"
          document={ENTERPRISE_ACT.registerAsset}
          onDone={changed}
          done="已登记"
          fields={[
            { name: "premisesId", label: "所在场所", kind: "choice", required: true, options: open.map((place) => ({ value: place.id, label: place.name })), initial: open.length === 1 ? open[0]?.id : undefined },
            { name: "kind", label: "设备种类", kind: "choice", required: true, options: kinds.map((one) => ({ value: one.code, label: one.name })) },
            { name: "name", label: "设备名称", required: true, max: 100, help: "例如“1 号客梯”" },
            { name: "serial", label: "编号", required: true, max: 60, help: "设备代码、注册代码或出厂编号" },
            { name: "lastInspectedOn", label: "上次检验日期", kind: "day" },
            { name: "nextDueOn", label: "下次检验日期", kind: "day", help: "按检验标志填写；不填按上次检验和法定周期计算，两个日期至少填一个" },
          ]}
        >
          登记设备
        </ActButton>
      )}
      {places.length === 0 && nothing("没有登记设备")}
      {places.map((place) => (
        <section key={place.id} aria-label={`${place.name}的设备`}>
          <h3>{place.name}</h3>
          <ul className="cards">
            {place.assets.edges.map(({ node: one }) => (
              <li key={one.id}>
                <Card size="small">
                  <strong className="break">{one.name}</strong> <StateTag state={one.standing} table={ASSET_STANDING} />
                  <div className="break">
                    {named.get(one.kind) ?? one.kind} · <span className="mono">{one.serial}</span>
                  </div>
                  {one.retiredOn ? (
                    <div className="break">
                      {day(one.retiredOn)} 停用：{one.retirement}
                    </div>
                  ) : (
                    <div>
                      下次检验 <DueTag day={one.nextDueOn} />
                    </div>
                  )}
                  {one.inspections.length > 0 && (
                    <details>
                      <summary>检验记录 {one.inspections.length} 次</summary>
                      <ul className="lines">
                        {one.inspections.map((check) => (
                          <li key={`${check.inspectedOn}${check.report}`} className="break">
                            <span className="number">{check.inspectedOn}</span> {check.passed ? "合格" : "不合格"}，{check.body}，报告 {check.report}，下次 <span className="number">{check.nextDueOn}</span>
                            {check.note ? `（${check.note}）` : ""}
                          </li>
                        ))}
                      </ul>
                    </details>
                  )}
                  {enters && !one.retiredOn && (
                    <Space wrap style={{ marginTop: 8 }}>
                      <ActButton title={`登记检验：${one.name}`} document={ENTERPRISE_ACT.inspectAsset} fixed={{ assetId: one.id }} onDone={changed} done="已登记" button={{ size: "small" }} shape={judged} fields={inspectionFields()}>
                        登记检验
                      </ActButton>
                      <ActButton title={`停用：${one.name}`} document={ENTERPRISE_ACT.retireAsset} fixed={{ assetId: one.id }} onDone={changed} button={{ size: "small", danger: true }} confirm="停用" fields={[REASON]}>
                        停用
                      </ActButton>
                    </Space>
                  )}
                </Card>
              </li>
            ))}
          </ul>
          {place.assets.totalCount > place.assets.edges.length && (
            <Alert type="info" style={{ marginTop: 8 }} title={`另有 ${place.assets.totalCount - place.assets.edges.length} 台`} action={<Button href="/console/standard?tab=assets">全部设备</Button>} />
          )}
        </section>
      ))}
    </>
  );
}
