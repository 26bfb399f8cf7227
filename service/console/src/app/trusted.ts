import { gql, makeOperation, type DocumentInput, type Exchange, type Operation } from "@urql/core";
import { filter, makeSubject, map, merge, pipe } from "wonka";

/* Documents go by the id that the code generator gave them; the text follows only where the server
   does not know the id, as after an update of one of the two. */

type Known = { __meta__?: { hash?: string } };

/** A document with the id that the server knows it by; the build writes these calls. */
export function trustedDocument<Data, Vars>(hash: string, text: string): DocumentInput<Data, Vars> {
  return Object.assign(gql<Data, any>(text), { __meta__: { hash } }) as DocumentInput<Data, Vars>;
}

const unknown = new Set<string>();

function hashOf(operation: Operation): string | undefined {
  return operation.kind === "teardown" || operation.kind === "subscription" ? undefined : (operation.query as Known).__meta__?.hash;
}

export const trusted: Exchange =
  ({ forward }) =>
  (operations) => {
    const again = makeSubject<Operation>();
    return pipe(
      merge([
        pipe(
          operations,
          map((operation) => {
            const hash = hashOf(operation);
            if (!hash || unknown.has(hash)) return operation;
            return makeOperation(
              operation.kind,
              { ...operation, extensions: { ...operation.extensions, persistedQuery: { version: 1, sha256Hash: hash } } },
              operation.context,
            );
          }),
        ),
        again.source,
      ]),
      forward,
      filter((result) => {
        const hash = hashOf(result.operation);
        // An id that the server does not know is answered like an address that it does not know.
        const missed = (result.error?.response as Response | undefined)?.status === 404;
        if (!hash || !missed || !result.operation.extensions?.persistedQuery) return true;
        unknown.add(hash);
        // Not through the client: to it this operation is still on its way, and it would wait for itself.
        again.next(makeOperation(result.operation.kind, { ...result.operation, extensions: undefined }, result.operation.context));
        return false;
      }),
    );
  };
