/** An answer of GitHub's REST API. */
export interface ApiAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal in the words of the REST API. */
export const problem = (status: number, message: string, headers: Readonly<Record<string, string>> = {}): ApiAnswer => ({
  status,
  body: { message, documentation_url: "https://docs.github.com/rest", status: String(status) },
  headers,
});
