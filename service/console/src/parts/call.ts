/* The least that talks to the API: shared by the console and by the phone's page, which has no
   other client.  Documents are files beside their users, checked against the schema when built. */

export type Problem = { message: string; extensions?: { code?: string; requestId?: string } };

export class CallFailed extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly requestId = "",
  ) {
    super(message);
  }
}

export type Fetch = (input: string, init: RequestInit) => Promise<Response>;

/** Run one operation; throws `CallFailed`: NETWORK when nothing came back, else the API's code. */
export async function call<Data>(document: string, variables: Record<string, unknown>, send: Fetch = fetch): Promise<Data> {
  let answer: Response;
  try {
    answer = await send("/graphql", {
      method: "POST",
      credentials: "same-origin",
      headers: { "content-type": "application/json", accept: "application/graphql-response+json, application/json;q=0.9" },
      body: JSON.stringify({ query: document, variables }),
    });
  } catch {
    throw new CallFailed("连接不上服务器", "NETWORK");
  }
  const requestId = answer.headers.get("x-request-id") ?? "";
  let body: { data?: Data | null; errors?: Problem[] };
  try {
    body = (await answer.json()) as typeof body;
  } catch {
    throw new CallFailed("服务器没有正常答复", answer.status >= 500 ? "NETWORK" : "INTERNAL", requestId);
  }
  const first = body.errors?.[0];
  if (first || !body.data) {
    throw new CallFailed(first?.message ?? "没有收到答复", first?.extensions?.code ?? (answer.status === 401 ? "UNAUTHENTICATED" : "INTERNAL"), requestId);
  }
  return body.data;
}
