import { useCallback } from "react";
import { useSearchParams } from "react-router";

/** Filters live in the address, so that a page can be sent to a colleague and the back key works. */
export function useFilters<K extends string>(): [
  Partial<Record<K, string>>,
  (changes: Partial<Record<K, string | null | undefined>>, options?: { replace?: boolean }) => void,
] {
  const [params, setParams] = useSearchParams();
  const change = useCallback(
    (changes: Partial<Record<K, string | null | undefined>>, options?: { replace?: boolean }) =>
      setParams((before) => {
        const next = new URLSearchParams(before);
        for (const [name, value] of Object.entries(changes) as [string, string | null | undefined][]) {
          if (value) next.set(name, value);
          else next.delete(name);
        }
        return next;
      }, options),
    [setParams],
  );
  return [Object.fromEntries(params) as Partial<Record<K, string>>, change];
}
