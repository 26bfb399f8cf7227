/* Subscriptions as server-sent events: one plain request that any proxy lets through, with the
   session's own cookie.  A stream that breaks is asked for again; the first event says where things
   stand, so nothing is lost between. */

type Sink = { next: (value: any) => void; error: (problem: unknown) => void; complete: () => void };
type Fetch = (input: string, init: RequestInit) => Promise<Response>;

const RETRIES = 10;
const WAIT_MS = 1000;

/** The events of a stream as they come; the rest is kept until it is whole. */
export async function* events(chunks: AsyncIterable<string>): AsyncGenerator<{ event: string; data: string }> {
  let rest = "";
  for await (const chunk of chunks) {
    rest += chunk;
    const blocks = rest.split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const fields = block.split(/\r?\n/).map((line) => /^(\w*): ?(.*)$/.exec(line));
      const of = (name: string) => fields.filter((field) => field?.[1] === name).map((field) => field![2]).join("\n");
      if (of("event")) yield { event: of("event"), data: of("data") };
    }
  }
}

async function* texts(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield decoder.decode(part.value, { stream: true });
  } finally {
    reader.releaseLock();
  }
}

/** Run one subscription; returns how to stop it. */
export function subscribe(query: string, variables: unknown, sink: Sink, send: Fetch): () => void {
  const stopped = new AbortController();
  void (async () => {
    let problem: unknown = new Error("the stream ended before its time");
    for (let tries = 0; tries <= RETRIES && !stopped.signal.aborted; tries += 1) {
      try {
        const answer = await send("/graphql", {
          method: "POST",
          credentials: "same-origin",
          headers: { "content-type": "application/json", accept: "text/event-stream" },
          body: JSON.stringify({ query, variables }),
          signal: stopped.signal,
        });
        if (!answer.ok || !answer.body) throw new Error(`${answer.status}`);
        for await (const one of events(texts(answer.body))) {
          if (one.event === "complete") return sink.complete();
          if (one.event === "next") {
            tries = 0;
            sink.next(JSON.parse(one.data));
          }
        }
      } catch (found) {
        problem = found;
      }
      if (!stopped.signal.aborted) await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    }
    if (!stopped.signal.aborted) sink.error(problem);
  })();
  return () => stopped.abort();
}
