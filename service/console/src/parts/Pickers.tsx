import { useEffect, useRef, useState } from "react";
import { Select } from "antd";
import { useClient, useQuery } from "urql";

import { graphql } from "../gql";
import { legalDay } from "./format";
import { plainId } from "./ids";

const Search = graphql(`
  query PickEnterprises($search: String) {
    enterprises(where: { search: $search }, first: 15) {
      edges { node { id name premises { id name address } } }
    }
  }
`);

const Bodies = graphql(`
  query PickBodies($after: String) {
    bodies(first: 100, after: $after) { edges { node { id name kind line canPenalise } } }
  }
`);

type Given = { value?: string; onChange?: (value: string | undefined) => void; id?: string; within?: "enterprise" | "premises" };

/** Type part of a name; choose an enterprise, or one of its premises. */
export function RegisterPicker({ value, onChange, id, within = "premises" }: Given) {
  const client = useClient();
  const [found, setFound] = useState<{ value: string; label: string }[]>([]);
  const [busy, setBusy] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const search = (text: string) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      setBusy(true);
      void client
        .query(Search, { search: text.trim() || null })
        .toPromise()
        .then(({ data }) => {
          setBusy(false);
          const nodes = data?.enterprises.edges.map((edge) => edge.node) ?? [];
          setFound(
            within === "enterprise"
              ? nodes.map((node) => ({ value: node.id, label: node.name }))
              : nodes.flatMap((node) => node.premises.map((place) => ({ value: place.id, label: `${node.name} · ${place.name}（${place.address}）` }))),
          );
        });
    }, 250);
  };
  useEffect(() => {
    search("");
    return () => clearTimeout(timer.current);
  }, []);
  return (
    <Select
      id={id}
      value={value}
      onChange={onChange}
      showSearch={{ filterOption: false, onSearch: search }}
      options={found}
      loading={busy}
      placeholder="输入企业名称的一部分"
      notFoundContent={busy ? "查找中" : "没有找到"}
      style={{ width: "100%" }}
    />
  );
}

/** One of the enforcement bodies of the district. */
export function BodyPicker({ value, onChange, id, penalises }: Given & { penalises?: boolean }) {
  const [{ data, fetching }] = useQuery({ query: Bodies, variables: {} });
  const found = data?.bodies.edges.map((edge) => edge.node) ?? [];
  return (
    <Select
      id={id}
      value={value}
      onChange={onChange}
      loading={fetching}
      showSearch={{ optionFilterProp: "label" }}
      placeholder="请选择机关"
      options={found.filter((body) => !penalises || body.canPenalise).map((body) => ({ value: body.id, label: body.name }))}
      style={{ width: "100%" }}
    />
  );
}

/** The line of business of a department of the district, chosen by the department's name. */
export function LinePicker({ value, onChange, id }: Given) {
  const [{ data, fetching }] = useQuery({ query: Bodies, variables: {} });
  const names = new Map<string, string[]>();
  for (const { node } of data?.bodies.edges ?? []) {
    if (node.kind === "DEPARTMENT" && node.line) names.set(node.line, [...(names.get(node.line) ?? []), node.name]);
  }
  return (
    <Select
      id={id}
      value={value}
      onChange={onChange}
      loading={fetching}
      showSearch={{ optionFilterProp: "label" }}
      placeholder="请选择部门"
      notFoundContent={fetching ? "正在查找" : "本区县没有行业部门"}
      options={[...names].map(([line, held]) => ({ value: line, label: held.join("、") }))}
      style={{ width: "100%" }}
    />
  );
}

/** Names of the bodies by plain id, for objects that carry the id alone. */
export function useBodyNames(): (id: string | null | undefined) => string {
  const [{ data }] = useQuery({ query: Bodies, variables: {} });
  const names = new Map(data?.bodies.edges.map(({ node }) => [plainId(node.id), node.name]));
  return (id) => (id ? (names.get(id) ?? "—") : "—");
}

const Officers = graphql(`
  query PickOfficers($on: Date) {
    officers(certifiedOn: $on, first: 100) { edges { node { id name cardNo } } }
  }
`);

/** Officers whose cards are valid today. */
export function OfficersPicker({ value, onChange, id }: { value?: string[]; onChange?: (value: string[]) => void; id?: string }) {
  return <OfficersSelect several id={id} value={value} onChange={onChange} />;
}

const Persons = graphql(`
  query PickPersons {
    responsiblePersons(inOffice: true, official: true, first: 100) { edges { node { id name office organisation } } }
  }
`);

/** One of the authorities' persons in office who may stand on plates. */
export function PersonPicker({ value, onChange, id }: Given) {
  const [{ data, fetching }] = useQuery({ query: Persons });
  return (
    <Select
      id={id}
      value={value}
      onChange={onChange}
      loading={fetching}
      showSearch={{ optionFilterProp: "label" }}
      placeholder="选择责任人"
      options={data?.responsiblePersons.edges.map(({ node }) => ({ value: node.id, label: `${node.name}（${node.organisation} ${node.office}）` }))}
      style={{ width: "100%" }}
    />
  );
}

/** One officer of the own body, whose card is valid today. */
export function OfficerPicker({ value, onChange, id }: Given) {
  return <OfficersSelect id={id} value={value} onChange={(chosen) => onChange?.(chosen as string | undefined)} />;
}

function OfficersSelect({ value, onChange, id, several }: { value?: string | string[]; onChange?: (value: any) => void; id?: string; several?: boolean }) {
  const [{ data, fetching }] = useQuery({ query: Officers, variables: { on: legalDay(new Date()) } });
  return (
    <Select
      id={id}
      mode={several ? "multiple" : undefined}
      value={value as never}
      onChange={onChange}
      loading={fetching}
      showSearch={{ optionFilterProp: "label" }}
      placeholder="选择执法人员"
      options={data?.officers.edges.map(({ node }) => ({ value: node.id, label: `${node.name}（${node.cardNo}）` }))}
      style={{ width: "100%" }}
    />
  );
}
