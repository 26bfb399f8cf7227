import { useRef, useState } from "react";
import { Alert, App, Button, Card, Checkbox, DatePicker, Form, Input, InputNumber, Modal, Radio, Select } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { useClient } from "urql";

import { explain } from "../app/client";
import { Original } from "./Original";
import { refusalLine, refusalText, type ActSpec, type FieldSpec, type Refusal } from "./Act";
import { fen } from "./format";
import { payloadOf } from "./payload";
import { detailText } from "./refusals";

type Values = Record<string, unknown>;

/** The form of one act: sent once, with refusals where they belong. */
export function ActDialog<Data, Input>({ onClose, ...spec }: ActSpec<Data, Input> & { onClose: () => void }) {
  const client = useClient();
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<Refusal[]>([]);
  const [broken, setBroken] = useState<string | null>(null);
  // One key for this dialog: a repeat after a broken connection is answered, not done twice.
  const key = useRef(crypto.randomUUID());
  const values = (Form.useWatch([], form) ?? {}) as Values;
  const fields = spec.fields ?? [];
  const names = new Set(fields.map((field) => field.name));

  const send = async (given: Values) => {
    setBusy(true);
    setBroken(null);
    setRefused([]);
    const shaped = plain(given, fields);
    const input = { ...spec.fixed, ...(spec.shape ? spec.shape(shaped) : shaped), idempotencyKey: key.current };
    const answer = await client.mutation(spec.document, { input: input as Input }).toPromise();
    setBusy(false);
    if (answer.error || !answer.data) {
      const told = answer.error && explain(answer.error);
      setBroken(told ? [told.title, told.requestId && `请求编号 ${told.requestId}`].filter(Boolean).join(" · ") : "没有收到答复");
      return;
    }
    const errors = payloadOf(answer.data)?.errors ?? [];
    if (errors.length === 0) {
      void message.success(spec.done ?? "已完成");
      onClose();
      spec.onDone?.(answer.data);
      return;
    }
    // What was refused was not done, so the next try is a new act.
    key.current = crypto.randomUUID();
    const own = (refusal: Refusal) => refusal.path.find((part) => names.has(part));
    form.setFields(
      errors.flatMap((refusal) => {
        const name = own(refusal);
        return name ? [{ name, errors: [refusalLine(refusal)] }] : [];
      }),
    );
    // What is known in English alone is told above the form as well, folded.
    setRefused(errors.filter((refusal) => !own(refusal) || (refusal.message && !detailText(refusal.message) && refusal.code === "INVALID")));
  };

  return (
    <Modal
      open
      title={spec.title}
      okText={spec.confirm ?? "提交"}
      onCancel={onClose}
      onOk={() => form.submit()}
      confirmLoading={busy}
      mask={{ closable: false }}
      destroyOnHidden
    >
      {spec.intro && <div style={{ marginBottom: 12 }}>{spec.intro}</div>}
      {broken && <Alert type="error" showIcon role="alert" title={broken} style={{ marginBottom: 12 }} />}
      {refused.map((refusal) => (
        <Alert
          key={refusal.code + refusal.message}
          type="error"
          showIcon
          role="alert"
          title={refusalText(refusal)}
          description={<Original message={refusal.message} />}
          style={{ marginBottom: 12 }}
        />
      ))}
      <Form
        form={form}
        layout="vertical"
        scrollToFirstError
        onFinish={(given) => void send(given)}
        initialValues={Object.fromEntries(fields.filter((field) => field.initial !== undefined).map((field) => [field.name, initial(field)]))}
      >
        {fields.filter((field) => !field.when || field.when(plain(values, fields))).map((field) =>
          field.kind === "rows" ? <Rows key={field.name} field={field} /> : <Entry key={field.name} field={field} name={field.name} />,
        )}
      </Form>
    </Modal>
  );
}

function Entry({ field, name }: { field: FieldSpec; name: string | (string | number)[] }) {
  return (
    <Form.Item
      name={name}
      label={field.kind === "flag" ? undefined : field.label}
      valuePropName={field.kind === "flag" ? "checked" : "value"}
      extra={field.help}
      rules={rules(field)}
    >
      {field.control ?? control(field)}
    </Form.Item>
  );
}

/** A list whose rows have fields of their own, such as attendees or instalments. */
function Rows({ field }: { field: FieldSpec }) {
  return (
    <Form.List name={field.name} initialValue={field.required ? [{}] : []}>
      {(rows, { add, remove }) => (
        <fieldset style={{ border: 0, margin: "0 0 16px", padding: 0 }}>
          <legend style={{ marginBottom: 8 }}>{field.label}</legend>
          {rows.map((row, at) => (
            <Card key={row.key} size="small" style={{ marginBottom: 8 }} title={`第 ${at + 1} 项`} extra={rows.length > (field.required ? 1 : 0) && <Button onClick={() => remove(row.name)}>删除</Button>}>
              {field.row?.map((one) => (
                <Entry key={one.name} field={one} name={[row.name, one.name]} />
              ))}
            </Card>
          ))}
          <Button onClick={() => add({})}>增加一项</Button>
          {field.help && <div>{field.help}</div>}
        </fieldset>
      )}
    </Form.List>
  );
}

function rules(field: FieldSpec) {
  return [
    ...(field.required ? [{ required: true, message: `请填写${field.label}` }] : []),
    ...(field.kind === "yuan" ? [{ validator: (_: unknown, value: string) => (!value || fen(value) !== null ? Promise.resolve() : Promise.reject(new Error("请填写金额，例如 12000.50"))) }] : []),
    ...(field.check
      ? [
          {
            validator: (_: unknown, value: unknown) => {
              const told = field.check?.(value) ?? null;
              return told === null ? Promise.resolve() : Promise.reject(new Error(told));
            },
          },
        ]
      : []),
  ];
}

function control(field: FieldSpec) {
  switch (field.kind ?? "text") {
    case "area":
      return <Input.TextArea rows={4} maxLength={field.max ?? 2000} />;
    case "day":
      return <DatePicker style={{ width: "100%" }} placeholder="选择日期" />;
    case "moment":
      return <DatePicker style={{ width: "100%" }} placeholder="选择日期和时间（北京时间）" showTime={{ format: "HH:mm" }} format="YYYY-MM-DD HH:mm" />;
    case "choice":
      return <Select options={field.options} allowClear={!field.required} showSearch={{ optionFilterProp: "label" }} placeholder="请选择" />;
    case "radio":
      return <Radio.Group options={field.options} />;
    case "flag":
      return <Checkbox>{field.label}</Checkbox>;
    case "number":
      return <InputNumber style={{ width: "100%" }} />;
    case "several":
      return <Select mode="multiple" options={field.options} showSearch={{ optionFilterProp: "label" }} placeholder="可多选" />;
    case "words":
      return <Select mode="tags" open={false} suffixIcon={null} tokenSeparators={["，", ",", "、"]} placeholder="输入后回车，可多个" options={field.options} />;
    case "yuan":
      return <Input inputMode="decimal" prefix="¥" />;
    default:
      return <Input maxLength={field.max ?? 200} />;
  }
}

function initial(field: FieldSpec): unknown {
  return (field.kind === "day" || field.kind === "moment") && typeof field.initial === "string" ? dayjs(field.initial) : field.initial;
}

/** Form values as the API wants them: days as text, empty as absent. */
function plain(values: Values, fields: FieldSpec[]): Values {
  const found: Values = {};
  for (const field of fields) {
    const value = values[field.name];
    if (value === undefined || value === null || value === "") continue;
    if (field.kind === "day") found[field.name] = (value as Dayjs).format("YYYY-MM-DD");
    // The wall clock that was chosen is the one in China, wherever the browser is.
    else if (field.kind === "moment") found[field.name] = `${(value as Dayjs).format("YYYY-MM-DDTHH:mm")}:00+08:00`;
    else if (field.kind === "rows") found[field.name] = (value as Values[]).map((row) => plain(row ?? {}, field.row ?? []));
    else if (field.kind === "yuan") found[field.name] = fen(value as string);
    else if (typeof value === "string") found[field.name] = value.trim();
    else found[field.name] = value;
  }
  return found;
}
