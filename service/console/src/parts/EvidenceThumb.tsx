import { useState } from "react";
import { Button, Card, Skeleton } from "antd";
import { FileOutlined, PictureOutlined } from "@ant-design/icons";
import { useClient, useQuery } from "urql";

import { graphql } from "../gql";
import { EVIDENCE_KIND, EVIDENCE_STATE } from "./labels";
import { StateTag } from "./Tags";

const One = graphql(`
  query EvidenceThumb($id: ID!) {
    evidence(id: $id) { id state kind filename content { hasThumbnail } }
  }
`);
export const Link = graphql(`
  mutation EvidenceUrl($input: EvidenceLinkInput!) {
    evidenceLink(input: $input) { url expiresAt errors { code message path } }
  }
`);

/** One piece of evidence.  Looking leaves a trace in its custody, so a picture is fetched on demand. */
export function EvidenceThumb({ id, caption, onOpen }: { id: string; caption: string; onOpen?: () => void }) {
  const client = useClient();
  const [{ data, fetching }] = useQuery({ query: One, variables: { id } });
  const [url, setUrl] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const found = data?.evidence;
  const look = async () => {
    setBusy(true);
    const answer = await client.mutation(Link, { input: { evidenceId: id, purpose: "在控制台查看缩略图", variant: "THUMBNAIL" } }).toPromise();
    setBusy(false);
    setUrl(answer.data?.evidenceLink.url ?? null);
  };
  if (fetching && !found) return <Skeleton.Node active />;
  return (
    <Card size="small">
      {url ? (
        <img src={url} alt={found?.filename ?? "证据"} style={{ width: "100%", aspectRatio: "4 / 3", objectFit: "contain" }} />
      ) : (
        <div style={{ aspectRatio: "4 / 3", display: "grid", placeItems: "center" }}>
          {found?.content?.hasThumbnail ? (
            <Button icon={<PictureOutlined />} loading={busy} onClick={() => void look()}>
              查看
            </Button>
          ) : (
            <FileOutlined style={{ fontSize: 32 }} aria-hidden />
          )}
        </div>
      )}
      <div className="break">{onOpen ? <Button type="link" className="row-link" onClick={onOpen}>{found?.filename ?? "证据"}</Button> : (found?.filename ?? "证据")}</div>
      {found && <div><StateTag state={found.state} table={EVIDENCE_STATE} /> {EVIDENCE_KIND[found.kind]}</div>}
      <div>{caption}</div>
    </Card>
  );
}
