import { useState } from "react";
import { Alert, App, Button, Descriptions, Drawer, Empty, Input, Modal, Select, Space, Steps } from "antd";
import { useClient, useQuery } from "urql";

import { useSession } from "../app/session";
import { refusedOr } from "../parts/refusals";
import { graphql } from "../gql";
import type { EvidenceState, EvidenceSubjectKind } from "../gql/graphql";
import { ConnectionTable } from "../parts/ConnectionTable";
import { Link } from "../parts/EvidenceThumb";
import { Failure } from "../parts/Failure";
import { bytes, moment, number } from "../parts/format";
import { CUSTODY_ACT, EVIDENCE_KIND, EVIDENCE_REASON, EVIDENCE_SCAN, EVIDENCE_STATE, EVIDENCE_SUBJECT, options } from "../parts/labels";
import { PageHead } from "../parts/Page";
import { StateTag } from "../parts/Tags";
import { useFilters } from "../parts/useSearch";
import { Waiting } from "../parts/Waiting";

const List = graphql(`
  query ConsoleEvidenceList($where: EvidenceWhere, $first: Int!, $after: String) {
    evidenceList(where: $where, first: $first, after: $after) {
      totalCount
      edges { node { id state subjectKind kind mediaType byteLength sha256 createdAt filename } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const One = graphql(`
  query ConsoleEvidence($id: ID!) {
    evidence(id: $id) {
      id state subjectKind kind mediaType byteLength sha256 createdAt uploadedAt decidedAt scan reason reasonMessage
      filename capturedAt location { latitude longitude }
      content { width height pages durationSeconds recordedAt clockGapSeconds location { latitude longitude } hasThumbnail }
      custody(first: 100) { edges { node { seq at act actor hash } } }
    }
  }
`);

export function Evidence() {
  const [filters, setFilters] = useFilters<"state" | "kind" | "id" | "subject">();
  const where = {
    ...(filters.state ? { state: filters.state as EvidenceState } : {}),
    ...(filters.kind ? { subjectKind: filters.kind as EvidenceSubjectKind } : {}),
    ...(filters.subject ? { subjectId: filters.subject } : {}),
  };
  return (
    <>
      <PageHead title="证据" />
      <div className="filters" role="search">
        <Select allowClear aria-label="状态" placeholder="状态" value={filters.state} options={options(EVIDENCE_STATE)} onChange={(state) => setFilters({ state })} />
        <Select allowClear aria-label="属于" placeholder="属于" value={filters.kind} options={options(EVIDENCE_SUBJECT)} onChange={(kind) => setFilters({ kind })} />
        {filters.subject && <Button onClick={() => setFilters({ subject: null })}>只看一案，显示全部</Button>}
      </div>
      <ConnectionTable
        label="证据"
        query={List}
        variables={{ where }}
        pick={(data) => data.evidenceList}
        empty="还没有证据。在隐患或检查中上传的照片、文书会列在这里"
        columns={[
          {
            title: "文件",
            width: "28%",
            cell: (row) => (
              <Button type="link" className="row-link" onClick={() => setFilters({ id: row.id })}>
                {row.filename ?? `证据 ${row.sha256.slice(0, 12)}`}
              </Button>
            ),
          },
          { title: "类型", cell: (row) => EVIDENCE_KIND[row.kind] },
          { title: "属于", cell: (row) => EVIDENCE_SUBJECT[row.subjectKind] },
          { title: "大小", right: true, cell: (row) => <span className="number">{bytes(row.byteLength)}</span> },
          { title: "状态", cell: (row) => <StateTag state={row.state} table={EVIDENCE_STATE} /> },
          { title: "申报时间", cell: (row) => <span className="number">{moment(row.createdAt)}</span> },
          { title: "SHA-256", cell: (row) => <span className="mono" title={row.sha256}>{row.sha256.slice(0, 12)}…</span>, wideOnly: true },
        ]}
      />
      <Drawer open={Boolean(filters.id)} onClose={() => setFilters({ id: null })} size="min(760px, 100vw)" title="证据详情" destroyOnHidden>
        {filters.id && <EvidenceDetail id={filters.id} />}
      </Drawer>
    </>
  );
}

function EvidenceDetail({ id }: { id: string }) {
  const { can } = useSession();
  const client = useClient();
  const { message } = App.useApp();
  const [{ data, error, fetching }, again] = useQuery({ query: One, variables: { id } });
  const [asked, setAsked] = useState<"THUMBNAIL" | "ORIGINAL" | null>(null);
  const [purpose, setPurpose] = useState("");
  const [shown, setShown] = useState<string | null>(null);
  const found = data?.evidence;
  if (error && !found) return <Failure error={error} retry={again} />;
  if (fetching && !found) return <Waiting />;
  if (!found) return <Empty description="没有找到这件证据，或不在您的范围内" />;
  const look = async () => {
    const answer = await client.mutation(Link, { input: { evidenceId: id, purpose: purpose.trim(), variant: asked! } }).toPromise();
    const payload = answer.data?.evidenceLink;
    if (!payload?.url) {
      void message.error(refusedOr(payload?.errors[0], "没有拿到链接"));
      return;
    }
    if (asked === "THUMBNAIL") setShown(payload.url);
    else window.open(payload.url, "_blank", "noopener");
    setAsked(null);
    again({ requestPolicy: "network-only" });
  };
  const content = found.content;
  const sealed = found.state === "SEALED";
  const rows: [string, React.ReactNode][] = [
    ["状态", <StateTag key="state" state={found.state} table={EVIDENCE_STATE} />],
    ["类型", `${EVIDENCE_KIND[found.kind]}（${found.mediaType}）`],
    ["大小", <span key="size" className="number">{`${bytes(found.byteLength)}（${number(found.byteLength)} 字节）`}</span>],
    ["SHA-256", <code key="sha" className="mono">{found.sha256}</code>],
    ["拍摄时间", moment(found.capturedAt)],
    ["拍摄地点", found.location ? `${found.location.latitude.toFixed(5)}, ${found.location.longitude.toFixed(5)}` : "—"],
    ["查毒", EVIDENCE_SCAN[found.scan]],
  ];
  if (found.reason) rows.push(["隔离原因", `${EVIDENCE_REASON[found.reason]}`]);
  if (content?.width) rows.push(["像素", <span key="px" className="number">{`${content.width} × ${content.height}`}</span>]);
  if (content?.pages) rows.push(["页数", number(content.pages)]);
  if (content?.recordedAt) rows.push(["相机记录时间", `${moment(content.recordedAt)}${content.clockGapSeconds ? `（与申报相差 ${number(content.clockGapSeconds)} 秒）` : ""}`]);
  return (
    <>
      <h2 className="break" style={{ marginTop: 0, fontSize: 18 }}>
        {found.filename ?? "证据"}
      </h2>
      {found.state === "QUARANTINED" && <Alert type="error" showIcon title="该文件已隔离，不能作为证据使用" style={{ marginBottom: 12 }} />}
      {sealed && can("EVIDENCE", "READ_OWN", "WRITE") && (
        <Space wrap style={{ marginBottom: 12 }}>
          {content?.hasThumbnail && <Button onClick={() => setAsked("THUMBNAIL")}>查看衍生件</Button>}
          <Button onClick={() => setAsked("ORIGINAL")}>下载原件</Button>
        </Space>
      )}
      {shown && <img src={shown} alt={found.filename ?? "证据"} style={{ maxWidth: "100%", marginBottom: 12 }} />}
      <Descriptions size="small" column={1} bordered items={rows.map(([label, children]) => ({ key: label, label, children }))} />
      <h3>保管链</h3>
      <Steps
        orientation="vertical"
        size="small"
        current={found.custody.edges.length}
        items={found.custody.edges.map(({ node }) => ({
          title: CUSTODY_ACT[node.act],
          content: (
            <>
              <div className="number">{moment(node.at)}</div>
              <div className="break">{node.actor}</div>
              <code className="mono">{node.hash.slice(0, 24)}…</code>
            </>
          ),
        }))}
      />
      <Modal open={asked !== null} title="查看证据" okText="查看" okButtonProps={{ disabled: purpose.trim().length < 2 }} onCancel={() => setAsked(null)} onOk={() => void look()}>
        <p>每次查看都会记入保管链。链接两分钟后失效。</p>
        <label>
          查看目的
          <Input.TextArea value={purpose} onChange={(event) => setPurpose(event.target.value)} maxLength={200} />
        </label>
      </Modal>
    </>
  );
}
