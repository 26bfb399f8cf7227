import { expect, test } from "vitest";

import { events, subscribe } from "./events";

async function* pieces(...parts: string[]) {
  yield* parts;
}

test("events are read whole, wherever the network cuts them", async () => {
  const text = 'event: next\r\ndata: {"data":{"a":1}}\r\n\r\n: still here\r\n\r\nevent: complete\r\ndata: \r\n\r\n';
  for (let cut = 0; cut < text.length; cut += 1) {
    const found = [];
    for await (const one of events(pieces(text.slice(0, cut), text.slice(cut)))) found.push(one);
    expect(found, `cut at ${cut}`).toEqual([
      { event: "next", data: '{"data":{"a":1}}' },
      { event: "complete", data: "" },
    ]);
  }
});

test("a stream that breaks is asked for again until it is complete", async () => {
  const answers = ['event: next\ndata: {"data":1}\n\nevent: ne', 'event: next\ndata: {"data":2}\n\nevent: complete\ndata: \n\n'];
  const seen: unknown[] = [];
  const asked: string[] = [];
  await new Promise<void>((resolve) => {
    subscribe("subscription { x }", {}, { next: (value) => seen.push(value), error: () => resolve(), complete: resolve }, (_, init) => {
      asked.push((init.headers as Record<string, string>).accept!);
      return Promise.resolve(new Response(answers.shift()));
    });
  });
  expect(seen).toEqual([{ data: 1 }, { data: 2 }]);
  expect(asked).toEqual(["text/event-stream", "text/event-stream"]);
});
