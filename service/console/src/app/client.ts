import { Client, cacheExchange, fetchExchange, subscriptionExchange, type CombinedError } from "@urql/core";

import { REFUSALS } from "../parts/refusals";
import { subscribe } from "./events";
import { trusted } from "./trusted";

/* What the session does when its cookie has died; set by the session, which owns the dialog. */
type Door = { signedIn: () => boolean; askAgain: () => Promise<void> };
let door: Door = { signedIn: () => false, askAgain: () => Promise.resolve() };

export function guard(given: Door): void {
  door = given;
}

const HEADERS = { accept: "application/graphql-response+json, application/json;q=0.9" };

/** A browser drops a cookie at its end without a word: then the API takes us for the public. */
async function nobody(): Promise<boolean> {
  const answer = await fetch("/graphql", {
    method: "POST",
    headers: { ...HEADERS, "content-type": "application/json" },
    body: JSON.stringify({ query: "{ me { role } }" }),
  });
  return answer.status === 401 || (await answer.text()).includes('"PUBLIC"');
}

/** Fetch, and once the session has ended ask for the password and repeat: no work is lost. */
export async function sessionFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  for (;;) {
    const answer = await fetch(input, init);
    // A stream has no end to wait for.
    if (!door.signedIn() || answer.headers.get("content-type")?.startsWith("text/event-stream")) return answer;
    if (answer.status !== 401) {
      const text = await answer.text();
      const kept = () => new Response(text, { status: answer.status, headers: answer.headers });
      if (!text.includes('"FORBIDDEN"') || !(await nobody())) return kept();
    }
    await door.askAgain();
  }
}

export function makeClient(): Client {
  return new Client({
    url: "/graphql",
    preferGetMethod: false,
    fetch: sessionFetch,
    fetchOptions: { headers: HEADERS, credentials: "same-origin" },
    requestPolicy: "cache-and-network",
    exchanges: [
      cacheExchange,
      trusted,
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: (request) => ({
          subscribe: (sink) => ({ unsubscribe: subscribe(request.query ?? "", request.variables, sink, sessionFetch) }),
        }),
      }),
    ],
  });
}

/** What went wrong, in the words of the person before the screen. */
export function explain(error: CombinedError): { title: string; detail: string; requestId: string } {
  const first = error.graphQLErrors[0];
  const extensions = (first?.extensions ?? {}) as { code?: string; requestId?: string };
  const headers = (error.response as Response | undefined)?.headers;
  const requestId = extensions.requestId ?? headers?.get?.("x-request-id") ?? "";
  if (error.networkError && !first) {
    return { title: "连接不上服务器", detail: "请检查网络后重试。", requestId };
  }
  const code = extensions.code ?? "";
  return { title: code === "FORBIDDEN" ? "您的角色无权查看" : (REFUSALS[code] ?? "请求没有成功"), detail: first?.message ?? "", requestId };
}
