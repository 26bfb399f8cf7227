import { lazy, Suspense, useState, type ComponentType, type ReactNode } from "react";
import { Button, type ButtonProps } from "antd";
import type { TypedDocumentNode } from "urql";

export type { Payload, Refusal } from "./payload";

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

export { refusalLine, refusalText } from "./refusals";

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
