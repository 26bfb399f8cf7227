import { lazy, Suspense, useState, type ComponentType, type ReactNode } from "react";
import { Button, type ButtonProps } from "antd";
import type { TypedDocumentNode } from "urql";

export type Refusal = { code: string; message: string; path: string[] };
export type Payload = { errors: Refusal[] };

export type FieldSpec = {
  name: string;
  label: string;
  kind?: "text" | "area" | "day" | "choice" | "radio" | "flag" | "number" | "words" | "several" | "yuan" | "moment" | "rows";
  options?: { value: string; label: ReactNode }[];
  /** The fields of one row, for a list of rows. */
  row?: FieldSpec[];
  required?: boolean;
  initial?: unknown;
  help?: ReactNode;
  /** A control of its own, given `value` and `onChange`. */
  control?: ReactNode;
  max?: number;
  /** A message when the value will not do. */
  check?: (value: unknown) => string | null;
  /** Shown only while this holds for what was filled in so far. */
  when?: (values: Record<string, unknown>) => boolean;
};

export type ActSpec<Data, Input> = {
  document: TypedDocumentNode<Data, { input: Input }>;
  /** What is always sent, such as the id of the object. */
  fixed?: Partial<Input>;
  fields?: FieldSpec[];
  /** The form's values as the input wants them. */
  shape?: (values: Record<string, unknown>) => Record<string, unknown>;
  title: string;
  intro?: ReactNode;
  confirm?: string;
  done?: string;
  onDone?: (data: Data) => void;
};

const CODES: Record<string, string> = {
  FORBIDDEN: "您的角色无权这样做",
  NOT_FOUND: "没有找到，或不在您的范围内",
  CONFLICT: "与现状冲突，请刷新后再看",
  WRONG_STATE: "现在的状态不能做这一步，请刷新后再看",
  INVALID: "填写有误",
  NOT_DECIDING_BODY: "只有作出处罚决定的机关可以做这一步",
  DEFENCE_STILL_OPEN: "陈述申辩期尚未届满",
  DEFENCE_UNANSWERED: "须先对陈述申辩作出答复",
  HEARING_OWED: "当事人要求听证，须先举行听证",
  NO_RULE_IN_FORCE: "事件当日没有有效的规则",
  YEAR_NOT_PUBLISHED: "该年度的工作日历尚未公布",
  REPORTS_OWED: "重大隐患须先完成报告",
  NOT_THE_PARTYS: "当事人自己不能做这一步",
  MEDIA_TYPE_NOT_ACCEPTED: "不接受这种文件类型",
  FILE_TOO_LARGE: "文件过大",
  STORE_UNAVAILABLE: "存储暂时不可用，请稍后重试",
};

/** What a refusal says: the code in Chinese, and the API's own words, which name the detail. */
export function refusalText(refusal: Refusal): string {
  return CODES[refusal.code] ?? refusal.code;
}

// The form comes when it is asked for: a page is looked at more often than it is acted on.
// A lazy component cannot be generic; `ActButton` holds the types of what it passes on.
const ActDialog = lazy<ComponentType<any>>(() => import("./ActDialog").then((found) => ({ default: found.ActDialog })));

/** A button that opens the form of one act, sends it once, and shows refusals where they belong. */
export function ActButton<Data, Input>({
  children,
  button,
  ...spec
}: ActSpec<Data, Input> & { children: ReactNode; button?: ButtonProps }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button {...button} onClick={() => setOpen(true)}>
        {children}
      </Button>
      {open && (
        <Suspense fallback={null}>
          <ActDialog {...spec} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
