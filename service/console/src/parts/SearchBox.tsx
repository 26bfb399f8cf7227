import { useEffect, useRef, useState } from "react";
import { Input } from "antd";

const PAUSE_MS = 200; // between the last key and the question

/** A search that answers while one types; what an input method has not settled yet is not asked. */
export function SearchBox({ label, placeholder, value, onSearch }: { label: string; placeholder: string; value: string | undefined; onSearch: (text: string) => void }) {
  const [text, setText] = useState(value ?? "");
  const asked = useRef(value ?? "");
  const composing = useRef(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const asking = useRef(onSearch);
  asking.current = onSearch;
  // The back key and a link change the address without a key being pressed here.
  useEffect(() => {
    if ((value ?? "") !== asked.current) {
      asked.current = value ?? "";
      setText(value ?? "");
    }
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const ask = (typed: string, after: number) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      const wanted = typed.trim();
      if (wanted === asked.current) return;
      asked.current = wanted;
      asking.current(wanted);
    }, after);
  };
  return (
    <Input.Search
      allowClear
      aria-label={label}
      placeholder={placeholder}
      maxLength={60}
      value={text}
      onChange={(event) => {
        setText(event.target.value);
        if (!composing.current) ask(event.target.value, PAUSE_MS);
      }}
      onCompositionStart={() => {
        composing.current = true;
      }}
      onCompositionEnd={(event) => {
        composing.current = false;
        ask(event.currentTarget.value, PAUSE_MS);
      }}
      onSearch={(typed) => ask(typed, 0)}
      style={{ width: 300, maxWidth: "100%" }}
    />
  );
}
