import { detailText } from "./refusals";

/** The detail of a refusal: in Chinese where its wording is known, else the API's own words, folded. */
export function Original({ message }: { message: string }) {
  const detail = detailText(message);
  if (detail) return <span className="break">{detail}</span>;
  if (!message || /[\u4e00-\u9fff]/.test(message)) return message ? <span className="break">{message}</span> : null;
  return (
    <details>
      <summary>技术说明（英文）</summary>
      <span lang="en" className="break">
        {message}
      </span>
    </details>
  );
}
