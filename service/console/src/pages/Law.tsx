import { Input, Table } from "antd";
import { useEffect, useRef, useState } from "react";
import { useQuery } from "urql";

import { articleText, lawText } from "../parts/lawWords";
import { graphql } from "../gql";
import type { LawUnit } from "../gql/graphql";
import { Failure } from "../parts/Failure";
import { number, yuan } from "../parts/format";
import { PageHead } from "../parts/Page";
import { ToneTag } from "../parts/Tone";
import { Waiting } from "../parts/Waiting";

const Rules = graphql(`
  query ConsoleLaw { lawRules { rule topic amount unit text article source validFrom validTo confirmed amended } }
`);

const UNIT: Record<LawUnit, string> = { WORKING_DAYS: "个工作日", CALENDAR_DAYS: "日", MONTHS: "个月", YEARS: "年", HOURS: "小时", FEN: "", PERCENT: "%", COUNT: "", TEXT: "" };

/** Every legal number that the service counts with, as of today, with its article. */
export function Law() {
  const [search, setSearch] = useState("");
  const [{ data, error, fetching }, again] = useQuery({ query: Rules });
  // A table wider than its place scrolls, and who has no mouse must be able to scroll it.
  const frame = useRef<HTMLElement>(null);
  useEffect(() => {
    frame.current?.querySelector(".ant-table-content")?.setAttribute("tabindex", "0");
  });
  if (error && !data) return <Failure error={error} retry={again} />;
  if (fetching && !data) return <Waiting />;
  const rows = (data?.lawRules ?? []).filter((one) => !search || [one.rule, lawText(one.text), articleText(one.article), articleText(one.source)].some((text) => text.includes(search)));
  return (
    <>
      <PageHead title="法定规则" />
      <p>系统计算期限和限额用的每一个法定数字，今天有效的版本。“待核对原文”的由运维人员核对后确认。</p>
      <div className="filters" role="search">
        <Input.Search allowClear aria-label="搜索规则" placeholder="条文、来源或编号" onSearch={setSearch} style={{ width: 300, maxWidth: "100%" }} />
      </div>
      <section ref={frame} aria-label="法定规则">
      <Table
        size="small"
        rowKey={(row) => `${row.rule}-${row.topic}-${row.validFrom}`}
        pagination={{ pageSize: 50, hideOnSinglePage: true, showSizeChanger: false }}
        dataSource={rows}
        scroll={{ x: 720 }}
        columns={[
          { title: "规则", render: (_, row) => <span className="mono">{row.topic ? `${row.rule} · ${row.topic}` : row.rule}</span> },
          { title: "数值", align: "right", className: "number", render: (_, row) => (row.amount == null ? "—" : row.unit === "FEN" ? yuan(String(row.amount)) : `${number(row.amount)}${UNIT[row.unit]}`) },
          { title: "内容", width: "30%", render: (_, row) => lawText(row.text) },
          { title: "条文", render: (_, row) => `${articleText(row.source)} ${articleText(row.article)}` },
          { title: "自", className: "number", dataIndex: "validFrom" },
          {
            title: "核对",
            render: (_, row) => (
              <>
                <ToneTag tone={row.confirmed ? "green" : "orange"}>{row.confirmed ? "已核对" : "待核对原文"}</ToneTag>
                {row.amended && <ToneTag>已修改</ToneTag>}
              </>
            ),
          },
        ]}
      />
      </section>
    </>
  );
}
