import { useEffect, useMemo, useRef, useState } from "react";
import { Alert, Button, Card, Collapse, Empty, Input, Select, Space, Spin, Table, Tag } from "antd";
import type { TextAreaRef } from "antd/es/input/TextArea";
import { useClient, useQuery } from "urql";

import { explain } from "../app/client";
import { useSession } from "../app/session";
import { graphql } from "../gql";
import type { ConsoleDocumentFormQuery, DocumentKind } from "../gql/graphql";
import { ActButton } from "../parts/Act";
import { DOCUMENT_KIND } from "../parts/caseLabels";
import { Failure } from "../parts/Failure";
import { day, legalDay, moment } from "../parts/format";
import { options } from "../parts/labels";
import { Original } from "../parts/Original";
import { PageHead } from "../parts/Page";
import { flaws, placeOf } from "../parts/placeholders";
import { refusalText } from "../parts/refusals";
import { ToneTag } from "../parts/Tone";
import { useFilters } from "../parts/useSearch";
import { Waiting } from "../parts/Waiting";

const Ask = graphql(`
  query ConsoleDocumentForm($kind: DocumentKind!) {
    documentForm(kind: $kind) {
      kind title inForce shippedSource
      fields { name label mandatory placeholder }
      blocks { name shipped text }
      versions { number effectiveFrom blocks source restores note author createdAt }
    }
  }
`);
const Preview = graphql(`
  mutation ConsolePreviewForm($input: PreviewDocumentFormInput!) {
    previewDocumentForm(input: $input) { preview { pdf pictures missing } errors { code message path } }
  }
`);
const Save = graphql(`
  mutation ConsoleSaveForm($input: SaveDocumentTemplateInput!) {
    saveDocumentTemplate(input: $input) { template { number } errors { code message path } }
  }
`);
const Restore = graphql(`
  mutation ConsoleRestoreForm($input: RestoreDocumentTemplateInput!) {
    restoreDocumentTemplate(input: $input) { template { number } errors { code message path } }
  }
`);

type Form = ConsoleDocumentFormQuery["documentForm"];
type Sheet = { pdf: string; pictures: string[]; missing: string[] };
type Refusal = { code: string; message: string; path: string[] };

/** How long nothing is typed before the server typesets the sample. */
const PAUSE_MS = 900;

const BLOCK: Record<string, string> = {
  statement: "说明",
  rights: "权利告知",
  defence: "陈述申辩告知",
  hearing: "听证告知",
  request: "要求",
};

export function Templates() {
  const { can } = useSession();
  const [filters, setFilters] = useFilters<"kind">();
  const kind = (filters.kind && filters.kind in DOCUMENT_KIND ? filters.kind : "INSPECTION_RECORD") as DocumentKind;
  const [{ data, error, fetching }, again] = useQuery({ query: Ask, variables: { kind } });
  const form = data?.documentForm.kind === kind ? data.documentForm : null;
  const changed = () => again({ requestPolicy: "network-only" });
  return (
    <>
      <PageHead title="文书模板">
        <Select aria-label="文书种类" value={kind} options={options(DOCUMENT_KIND)} onChange={(next) => setFilters({ kind: next })} style={{ width: 240 }} />
      </PageHead>
      <p>
        文字可以用本镇街自己的说法，必须写明的内容和文书编号、二维码不能去掉。保存前系统会把样张排一遍，排不出或者缺内容的不予保存；已经签发的文书不会改变。
      </p>
      {error && !form && <Failure error={error} retry={changed} />}
      {fetching && !form && <Waiting />}
      {form && <Editor key={`${form.kind}-${form.inForce}-${form.versions.length}`} form={form} writable={can("SETTINGS", "WRITE")} onDone={changed} />}
      {form && <Versions form={form} writable={can("SETTINGS", "WRITE")} onDone={changed} />}
    </>
  );
}

/** The source in force today, empty where the shipped form is. */
function sourceInForce(form: Form): string {
  return form.versions.find((one) => one.number === form.inForce)?.source ?? "";
}

function Editor({ form, writable, onDone }: { form: Form; writable: boolean; onDone: () => void }) {
  const [texts, setTexts] = useState<Record<string, string>>(() => Object.fromEntries(form.blocks.map((one) => [one.name, one.text])));
  const [source, setSource] = useState(() => sourceInForce(form));
  const known = useMemo(() => new Set(form.fields.filter((one) => one.placeholder).map((one) => one.name)), [form]);
  const areas = useRef<Record<string, TextAreaRef | null>>({});
  const [last, setLast] = useState(form.blocks[0]?.name ?? "");
  const [refused, setRefused] = useState<Refusal[]>([]);
  const problems = form.blocks.flatMap((one) => flaws(texts[one.name] ?? "", known).map((flaw) => ({ ...flaw, block: one.name })));
  // Only what differs from the shipped words is kept, so that better shipped words reach the town.
  const blocks = Object.fromEntries(form.blocks.filter((one) => texts[one.name]?.trim() !== one.shipped).map((one) => [one.name, texts[one.name] ?? ""]));
  const put = (name: string) => {
    const area = areas.current[last]?.resizableTextArea?.textArea;
    const text = texts[last] ?? "";
    const [from, to] = area ? [area.selectionStart, area.selectionEnd] : [text.length, text.length];
    setTexts({ ...texts, [last]: `${text.slice(0, from)}{${name}}${text.slice(to)}` });
    requestAnimationFrame(() => {
      area?.focus();
      area?.setSelectionRange(from + name.length + 2, from + name.length + 2);
    });
  };
  const atSource = refused.map((one) => placeOf(one.message)).find(Boolean);
  return (
    <div style={{ display: "grid", gap: 16, gridTemplateColumns: "repeat(auto-fit, minmax(min(380px, 100%), 1fr))", alignItems: "start" }}>
      <section aria-label="模板文字">
        {form.blocks.map((one) => {
          const own = problems.filter((flaw) => flaw.block === one.name);
          const told = refused.filter((refusal) => refusal.path.includes(one.name));
          return (
            <Card key={one.name} size="small" title={<label htmlFor={`block-${one.name}`}>{BLOCK[one.name] ?? one.name}</label>} style={{ marginBottom: 12 }}
              extra={writable && texts[one.name] !== one.shipped && <Button size="small" onClick={() => setTexts({ ...texts, [one.name]: one.shipped })}>恢复原文</Button>}
            >
              <Input.TextArea
                id={`block-${one.name}`}
                ref={(area) => {
                  areas.current[one.name] = area;
                }}
                rows={7}
                readOnly={!writable}
                value={texts[one.name]}
                status={own.length > 0 ? "error" : undefined}
                aria-describedby={`flaws-${one.name}`}
                onFocus={() => setLast(one.name)}
                onChange={(event) => setTexts({ ...texts, [one.name]: event.target.value })}
              />
              <div id={`flaws-${one.name}`} role="status">
                {own.map((flaw) => (
                  <div key={`${flaw.line}-${flaw.column}-${flaw.says}`}>
                    <ToneTag tone="red">{`第 ${flaw.line} 行第 ${flaw.column} 列`}</ToneTag> {flaw.says}
                  </div>
                ))}
                {own.length === 0 && told.map((refusal) => <div key={refusal.message}><ToneTag tone="red">{refusalText(refusal)}</ToneTag> <Original message={refusal.message} /></div>)}
              </div>
            </Card>
          );
        })}
        {writable && (
          <Card size="small" title="可以插入的字段" style={{ marginBottom: 12 }}>
            <p style={{ marginTop: 0 }}>按一下，插到“{BLOCK[last] ?? last}”的光标处；签发时换成这份文书的内容。</p>
            <Space wrap>
              {form.fields.filter((one) => one.placeholder).map((one) => (
                <Button key={one.name} size="small" onClick={() => put(one.name)} title={`{${one.name}}`}>
                  {one.label}
                </Button>
              ))}
            </Space>
          </Card>
        )}
        {writable && (
          <Collapse
            size="small"
            style={{ marginBottom: 12 }}
            defaultActiveKey={source ? ["source"] : []}
            items={[
              {
                key: "source",
                label: source ? "整份版式（已用本镇街自己的）" : "整份版式（现用系统自带的）",
                children: (
                  <>
                    <p style={{ marginTop: 0 }}>
                      版式用 <span lang="en">typst</span> 写。必须写明的字段：{form.fields.filter((one) => one.mandatory).map((one) => one.label).join("、")}。
                    </p>
                    <Space wrap style={{ marginBottom: 8 }}>
                      {source ? (
                        <Button size="small" onClick={() => setSource("")}>用系统自带的版式</Button>
                      ) : (
                        <Button size="small" onClick={() => setSource(form.shippedSource)}>从系统自带的版式改起</Button>
                      )}
                    </Space>
                    {source !== "" && (
                      <Input.TextArea aria-label="整份版式" className="mono" spellCheck={false} rows={20} maxLength={65536} value={source} onChange={(event) => setSource(event.target.value)} />
                    )}
                    {atSource && source && (
                      <pre className="pre mono" style={{ margin: "8px 0 0" }}>
                        {`${atSource.line} │ ${source.split("\n")[atSource.line - 1] ?? ""}\n${" ".repeat(String(atSource.line).length)} │ ${" ".repeat(Math.max(0, atSource.column - 1))}▲`}
                      </pre>
                    )}
                  </>
                ),
              },
            ]}
          />
        )}
        {writable && (
          <ActButton
            title={`保存${form.title}模板`}
            document={Save}
            fixed={{ kind: form.kind, blocks, source }}
            button={{ type: "primary", disabled: problems.length > 0 }}
            onDone={onDone}
            intro="保存为一个新版本，从生效日起签发的文书用它。"
            fields={[
              { name: "effectiveFrom", label: "生效日期", kind: "day", required: true, initial: legalDay(new Date()) },
              { name: "note", label: "说明", max: 400 },
            ]}
            confirm="保存"
            done="已保存"
          >
            保存为新版本
          </ActButton>
        )}
      </section>
      {writable ? (
        <Sample form={form} blocks={blocks} source={source} sound={problems.length === 0} onRefused={setRefused} />
      ) : (
        <Alert type="info" showIcon title="只有镇街管理员可以修改模板和预览样张" />
      )}
    </div>
  );
}

/** The sample as the server typesets it, some moments after the last change. */
function Sample({ form, blocks, source, sound, onRefused }: { form: Form; blocks: Record<string, string>; source: string; sound: boolean; onRefused: (refused: Refusal[]) => void }) {
  const client = useClient();
  const [sheet, setSheet] = useState<Sheet | null>(null);
  const [refused, setRefused] = useState<Refusal[]>([]);
  const [broken, setBroken] = useState<string | null>(null);
  const [busy, setBusy] = useState(true);
  const asked = JSON.stringify([form.kind, blocks, source]);
  useEffect(() => {
    if (!sound) return setBusy(false);
    let over = false;
    setBusy(true);
    const timer = setTimeout(async () => {
      const [kind, given, own] = JSON.parse(asked) as [DocumentKind, Record<string, string>, string];
      const answer = await client.mutation(Preview, { input: { kind, blocks: given, source: own } }).toPromise();
      if (over) return;
      setBusy(false);
      const payload = answer.data?.previewDocumentForm;
      setBroken(answer.error ? explain(answer.error).title : null);
      setRefused(payload?.errors ?? []);
      onRefused(payload?.errors ?? []);
      if (payload?.preview) setSheet(payload.preview);
    }, PAUSE_MS);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [asked, sound, client, onRefused]);
  const missing = sheet?.missing.map((name) => (name === "foot" ? "页脚（编号和二维码）" : (form.fields.find((one) => one.name === name)?.label ?? name))) ?? [];
  return (
    <section aria-label="样张" aria-busy={busy}>
      <Card size="small" title={<span>样张{busy && <><Spin size="small" style={{ marginInlineStart: 8 }} /><span className="visually-hidden">正在排版</span></>}</span>} extra={sheet && <Button size="small" onClick={() => openFile(sheet.pdf, `${form.title}样张.pdf`)}>下载 PDF 样张</Button>}>
        {broken && <Alert type="error" showIcon role="alert" title={broken} style={{ marginBottom: 12 }} />}
        {refused.map((one) => {
          const at = placeOf(one.message);
          return (
            <Alert
              key={one.message}
              type="error"
              showIcon
              role="alert"
              style={{ marginBottom: 12 }}
              title={at ? `${refusalText(one)}：第 ${at.line} 行第 ${at.column} 列` : refusalText(one)}
              description={<Original message={at?.rest ?? one.message} />}
            />
          );
        })}
        {refused.length === 0 && missing.length > 0 && <Alert type="warning" showIcon style={{ marginBottom: 12 }} title={`版式没有印出：${missing.join("、")}。这样不能保存`} />}
        {!sound && <p>改好左边标出的地方后再排样张。</p>}
        {sheet?.pictures.map((page, at) => (
          <img key={at} src={`data:image/png;base64,${page}`} alt={`${form.title}样张第 ${at + 1} 页`} style={{ width: "100%", border: "1px solid #8c8c8c", marginBottom: 8, opacity: refused.length > 0 || !sound ? 0.4 : 1 }} />
        ))}
        {!sheet && !busy && refused.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description="还没有样张" />}
        <p style={{ margin: 0 }}>样张里的内容是编的，没有编号，也不会留存。</p>
      </Card>
    </section>
  );
}

/** Hand a file in base64 to the browser. */
function openFile(base64: string, name: string): void {
  const address = URL.createObjectURL(new Blob([Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))], { type: "application/pdf" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

function Versions({ form, writable, onDone }: { form: Form; writable: boolean; onDone: () => void }) {
  const today = legalDay(new Date());
  const rows = [...form.versions, { number: 0, effectiveFrom: "", blocks: {}, source: "", restores: null, note: "", author: "", createdAt: "" }];
  const frame = useRef<HTMLElement>(null);
  useEffect(() => {
    frame.current?.querySelector(".ant-table-content")?.setAttribute("tabindex", "0");
  });
  return (
    <section ref={frame} aria-label="模板版本" style={{ marginTop: 16 }}>
      <h2 style={{ fontSize: 16 }}>版本</h2>
      <Table
        size="small"
        rowKey="number"
        pagination={false}
        scroll={{ x: 640 }}
        dataSource={rows}
        columns={[
          {
            title: "版本",
            render: (_, row) => (
              <>
                {row.number === 0 ? "系统自带" : `第 ${row.number} 版${row.restores == null ? "" : row.restores === 0 ? "（恢复系统自带）" : `（恢复第 ${row.restores} 版）`}`}{" "}
                {row.number === form.inForce && <ToneTag tone="green">现行</ToneTag>}
                {row.number > 0 && row.effectiveFrom > today && <Tag>未到生效日</Tag>}
              </>
            ),
          },
          { title: "生效日期", className: "number", render: (_, row) => (row.number === 0 ? "—" : day(row.effectiveFrom)) },
          { title: "改了什么", render: (_, row) => [...Object.keys(row.blocks as object).map((name) => BLOCK[name] ?? name), ...(row.source ? ["整份版式"] : [])].join("、") || "—" },
          { title: "说明", width: "26%", render: (_, row) => <span className="break">{row.note || "—"}</span> },
          { title: "保存时间", className: "number", render: (_, row) => (row.createdAt ? moment(row.createdAt) : "—") },
          {
            title: "办理",
            render: (_, row) =>
              writable && row.number !== form.inForce ? (
                <ActButton
                  title={row.number === 0 ? "恢复系统自带的模板" : `恢复第 ${row.number} 版`}
                  document={Restore}
                  fixed={{ kind: form.kind, number: row.number }}
                  fields={[{ name: "effectiveFrom", label: "生效日期", kind: "day", required: true, initial: today }]}
                  intro="恢复会生成一个新版本，历史不会改变。"
                  onDone={onDone}
                  button={{ size: "small" }}
                  confirm="恢复"
                >
                  恢复
                </ActButton>
              ) : (
                "—"
              ),
          },
        ]}
      />
    </section>
  );
}
