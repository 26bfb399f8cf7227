export type Refusal = { code: string; message: string; path: string[] };
export type Payload = { errors: Refusal[] };

/** The payload of a mutation: beside it there may be the name of the type, which the cache asks for. */
export function payloadOf(data: unknown): Payload | undefined {
  return Object.values((data ?? {}) as Record<string, Payload | string | null>).find((one): one is Payload => typeof one === "object" && one !== null);
}
