import { useState } from "react";
import { Button, Drawer, Upload } from "antd";
import { UploadOutlined } from "@ant-design/icons";
import { useQuery } from "urql";

import { graphql } from "../gql";
import { ActButton } from "../parts/Act";
import { ConnectionTable } from "../parts/ConnectionTable";
import { moment, number } from "../parts/format";
import { ToneTag } from "../parts/Tone";
import { Current } from "./townMap";

const Versions = graphql(`
  query BoardMaps($first: Int!, $after: String) {
    townMaps(first: $first, after: $after) {
      totalCount
      edges { node { id number reviewNumber datum towns note createdAt } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const Bring = graphql(`mutation BoardUploadMap($input: UploadTownMapInput!) { uploadTownMap(input: $input) { map { number } errors { code message path } } }`);
const Restore = graphql(`mutation BoardRestoreMap($input: RestoreTownMapInput!) { restoreTownMap(input: $input) { map { number } errors { code message path } } }`);
const Remove = graphql(`mutation BoardRemoveMap($input: RemoveTownMapInput!) { removeTownMap(input: $input) { map { number } errors { code message path } } }`);

const DATUM = { WGS84: "WGS84（国际通用）", CGCS2000: "CGCS2000（国家大地坐标）", GCJ02: "GCJ-02（互联网地图坐标）" } as const;

/** The committee's own base map of the board: bring it with its review number, or go back to hexagons. */
export function TownMaps({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const [version, setVersion] = useState(0);
  const [{ data }] = useQuery({ query: Current });
  const changed = () => {
    setVersion((before) => before + 1);
    onDone();
  };
  return (
      <Drawer open onClose={onClose} size="min(760px, 100vw)" title="挂图作战的底图" destroyOnHidden>
        <p>
          不上传就用六边形图，不画任何边界。上传的地图须经过地图审核并填写审图号；只用这个文件绘制，不加载其他地图。文件是
          GeoJSON，每个镇街一个面，属性 <code>code</code> 填区划代码，最大 900 KB；坐标按文件原样画，不叠加定位点，所以不转换。
        </p>
        <div className="filters">
          <ActButton
            title="上传底图"
            document={Bring}
            onDone={changed}
            button={{ type: "primary" }}
            confirm="上传"
            fields={[
              { name: "reviewNumber", label: "审图号", required: true, help: "照地图上印的填，例如 渝S(2023)045号", max: 40 },
              { name: "datum", label: "坐标系", kind: "choice", required: true, options: (Object.keys(DATUM) as (keyof typeof DATUM)[]).map((value) => ({ value, label: DATUM[value] })), help: "国家发布的多为 CGCS2000；从互联网地图取得的多为 GCJ-02" },
              { name: "geojson", label: "GeoJSON 文件", required: true, control: <TextFile /> },
              { name: "note", label: "来源", max: 400 },
            ]}
          >
            上传底图
          </ActButton>
          {data?.townMap && (
            <ActButton title="撤下底图" document={Remove} onDone={changed} button={{ danger: true }} confirm="撤下" intro="撤下后改用六边形图，历次版本保留，可以恢复。">
              撤下底图
            </ActButton>
          )}
        </div>
        <ConnectionTable
          label="底图版本"
          query={Versions}
          variables={{}}
          version={version}
          pick={(found) => found.townMaps}
          empty="还没有上传过，用的是六边形图"
          columns={[
            { title: "版本", cell: (row) => <>第 {row.number} 版 {data?.townMap?.number === row.number && <ToneTag tone="green">现用</ToneTag>}</> },
            { title: "审图号", cell: (row) => row.reviewNumber || "（撤下）" },
            { title: "坐标系", cell: (row) => (row.datum ? DATUM[row.datum] : "—") },
            { title: "镇街", right: true, cell: (row) => number(row.towns) },
            { title: "来源", cell: (row) => row.note || "—" },
            { title: "时间", cell: (row) => <span className="number">{moment(row.createdAt)}</span> },
            {
              title: "办理",
              cell: (row) =>
                row.towns > 0 && data?.townMap?.number !== row.number ? (
                  <ActButton title={`恢复第 ${row.number} 版底图`} document={Restore} fixed={{ number: row.number }} onDone={changed} button={{ size: "small" }} confirm="恢复">
                    恢复
                  </ActButton>
                ) : (
                  "—"
                ),
            },
          ]}
        />
      </Drawer>
  );
}

/** A file as the text of a field. */
function TextFile({ onChange }: { value?: string; onChange?: (text: string) => void }) {
  const [name, setName] = useState("");
  return (
    <Upload
      accept=".json,.geojson,application/geo+json,application/json"
      maxCount={1}
      showUploadList={false}
      beforeUpload={(file) => {
        void file.text().then((text) => {
          setName(file.name);
          onChange?.(text);
        });
        return false;
      }}
    >
      <Button icon={<UploadOutlined />}>{name || "选择文件"}</Button>
    </Upload>
  );
}
