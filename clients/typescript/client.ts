/** A client without dependencies for the documents that `make clients` generates. */
import type { TypedDocumentString } from "./generated/graphql.ts";

export interface Refusal {
  message: string;
  path?: (string | number)[];
  extensions?: { code?: string; requestId?: string };
}

/** The request was not answered; `errors` say why, each with a stable code. */
export class Refused extends Error {
  readonly errors: Refusal[];

  constructor(errors: Refusal[]) {
    super(errors.map((one) => one.message).join("; "));
    this.errors = errors;
  }

  get codes(): string[] {
    return this.errors.map((one) => one.extensions?.code ?? "");
  }
}

export class Anshang {
  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  /** Client credentials, RFC 6749 4.4; the token lives an hour. */
  static async signIn(url: string, id: string, secret: string, scope: string): Promise<Anshang> {
    const answer = await fetch(`${url}/oauth/token`, {
      method: "POST",
      headers: { Authorization: `Basic ${btoa(`${id}:${secret}`)}` },
      body: new URLSearchParams({ grant_type: "client_credentials", scope }),
    });
    const body = (await answer.json()) as { access_token?: string; error_description?: string };
    if (!body.access_token) throw new Error(body.error_description ?? `HTTP ${answer.status}`);
    return new Anshang(url, body.access_token);
  }

  async ask<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    ...[variables]: {} extends Variables ? [Variables?] : [Variables]
  ): Promise<Result> {
    const answer = await fetch(`${this.url}/graphql`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${this.token}` },
      body: JSON.stringify({ query: document.toString(), variables }),
    });
    const body = (await answer.json()) as { data?: Result; errors?: Refusal[] };
    if (body.errors?.length) throw new Refused(body.errors);
    return body.data as Result;
  }
}
