import { Button } from "antd";
import { useQuery } from "urql";

import { useSession } from "../app/session";
import { number } from "../parts/format";
import { ToneTag, type Tone } from "../parts/Tone";
import { Waiting } from "../parts/Waiting";
import { EQUIPMENT, OPEN_HAZARDS, STANDING } from "./enterpriseActs";
import type { Enterprise } from "./EnterpriseDetail";

type Point = { part: string; tone: Tone; text: string };

const SOON = 90; // days before the end of a certificate, as the list of ending ones
const SOON_DUE = 30; // days before an inspection of equipment is due
const GRAVITY: Tone[] = ["red", "orange", "plain"];
const DONE = new Set(["CLOSED", "DISMISSED", "MERGED"]);

/** What somebody would ask about on an audit tomorrow, each with the place where it is put right. */
export function Attention({ found, show }: { found: Enterprise; show: (part: string) => void }) {
  const { can } = useSession();
  const given = { variables: { id: found.id } };
  const standard = can("STANDARDISATION", "READ_OWN");
  const equipment = can("ASSET", "READ_OWN");
  const hazards = can("HAZARD", "READ_OWN");
  const [standing] = useQuery({ query: STANDING, ...given, pause: !standard });
  const [assets] = useQuery({ query: EQUIPMENT, ...given, pause: !equipment });
  const [open] = useQuery({ query: OPEN_HAZARDS, ...given, pause: !hazards });
  if (found.status === "CLOSED") return null;
  if ([standing, assets, open].some((one) => one.fetching && !one.data)) return <Waiting />;
  if ([standing, assets, open].some((one) => one.error && !one.data)) return <p>没有取到全部情况，请逐栏查看。</p>;
  const points = [
    ...ofEntry(found),
    ...(standing.data?.node && "certificates" in standing.data.node ? ofStanding(found, standing.data.node) : []),
    ...(assets.data?.node && "premises" in assets.data.node ? ofEquipment(assets.data.node) : []),
    ...(open.data?.node && "hazards" in open.data.node ? ofHazards(open.data.node.hazards) : []),
  ].sort((one, other) => GRAVITY.indexOf(one.tone) - GRAVITY.indexOf(other.tone));
  return (
    <section aria-label="需要处理" style={{ marginBottom: 12 }}>
      <h3 style={{ fontSize: 15, margin: "0 0 8px" }}>需要处理</h3>
      {points.length === 0 ? (
        <p style={{ margin: 0 }}>没有发现缺项、逾期或即将到期的事项。</p>
      ) : (
        <ul className="points">
          {points.map((one) => (
            <li key={one.text}>
              <ToneTag tone={one.tone}>{one.tone === "red" ? "立即" : one.tone === "orange" ? "近期" : "补全"}</ToneTag>
              <Button type="link" className="row-link" onClick={() => show(one.part)}>
                {one.text}
              </Button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function ofEntry(found: Enterprise): Point[] {
  const lacking = [
    !found.creditCode && "统一社会信用代码",
    !found.industryCode && "行业代码",
    !found.principalName && "主要负责人",
    !found.contactPhone && "联系电话",
    !found.scale && "规模",
  ].filter(Boolean);
  return [
    ...(found.premises.every((one) => one.status === "CLOSED") ? [{ part: "places", tone: "red" as const, text: "没有在用的经营场所，不会被排入检查" }] : []),
    ...(lacking.length > 0 ? [{ part: "main", tone: "plain" as const, text: `登记缺：${lacking.join("、")}` }] : []),
    ...(found.tier ? [] : [{ part: "grading", tone: "plain" as const, text: "监管层级未确定" }]),
  ];
}

type Standing = {
  certificates: { state: string; daysLeft?: number | null; validTo?: string | null }[];
  conformity: { items: { required: boolean; passed?: boolean | null; endedOn?: string | null }[] };
};

function ofStanding(found: Enterprise, { certificates, conformity }: Standing): Point[] {
  const held = certificates.find((one) => one.state === "GRANTED");
  const needed = conformity.items.filter((one) => one.required && !one.endedOn);
  const failed = needed.filter((one) => one.passed === false).length;
  const waiting = needed.filter((one) => one.passed == null).length;
  return [
    ...(found.aboveQuota && !held ? [{ part: "standard", tone: "red" as const, text: "限额以上，没有有效的标准化证书" }] : []),
    ...(held && held.daysLeft != null && held.daysLeft <= SOON ? [{ part: "standard", tone: "orange" as const, text: `标准化证书还有 ${held.daysLeft} 天到期（${held.validTo}）` }] : []),
    ...(failed > 0 ? [{ part: "standard", tone: "red" as const, text: `${number(failed)} 项必须达标的专业、岗位未达标` }] : []),
    ...(waiting > 0 ? [{ part: "standard", tone: "orange" as const, text: `${number(waiting)} 项必须达标的专业、岗位待评` }] : []),
  ];
}

function ofEquipment({ premises }: { premises: { assets: { edges: { node: { standing: string; daysLeft?: number; nextDueOn: string } }[] } }[] }): Point[] {
  const all = premises.flatMap((place) => place.assets.edges.map(({ node }) => node));
  const unfit = all.filter((one) => one.standing === "UNFIT").length;
  const over = all.filter((one) => one.standing === "OVERDUE").length;
  const soon = all.filter((one) => one.standing === "IN_DATE" && (one.daysLeft ?? SOON_DUE + 1) <= SOON_DUE).length;
  return [
    ...(unfit > 0 ? [{ part: "equipment", tone: "red" as const, text: `${number(unfit)} 台设备检验不合格` }] : []),
    ...(over > 0 ? [{ part: "equipment", tone: "red" as const, text: `${number(over)} 台设备超期未检` }] : []),
    ...(soon > 0 ? [{ part: "equipment", tone: "orange" as const, text: `${number(soon)} 台设备 ${SOON_DUE} 日内到期` }] : []),
  ];
}

function ofHazards({ totalCount, edges }: { totalCount: number; edges: { node: { state: string; grade?: string | null } }[] }): Point[] {
  const open = edges.map(({ node }) => node).filter((one) => !DONE.has(one.state));
  const late = open.filter((one) => one.state === "OVERDUE" || one.state === "SUPERVISED").length;
  const major = open.filter((one) => one.grade === "MAJOR").length;
  if (open.length === 0) return [];
  const parts = [major > 0 && `重大 ${number(major)} 件`, late > 0 && `逾期或挂牌 ${number(late)} 件`].filter(Boolean);
  const text = `${totalCount > edges.length ? "至少 " : ""}${number(open.length)} 件隐患未销号${parts.length > 0 ? `（${parts.join("，")}）` : ""}`;
  return [{ part: "hazards", tone: major > 0 || late > 0 ? "red" : "orange", text }];
}
