import { useQuery } from "urql";

import { graphql } from "../gql";

const Items = graphql(`
  query InspectionItemNames { inspectionItems(first: 100) { edges { node { code title } } } }
`);

/** Titles of published inspection items by code; a code that is not published shows itself. */
export function useItemNames(): { name: (code: string) => string; options: { value: string; label: string }[] } {
  const [{ data }] = useQuery({ query: Items });
  const found = data?.inspectionItems.edges.map(({ node }) => node) ?? [];
  const titles = new Map(found.map((one) => [one.code, one.title]));
  return { name: (code) => titles.get(code) ?? code, options: found.map((one) => ({ value: one.code, label: one.title })) };
}
