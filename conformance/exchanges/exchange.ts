/** The second batch of golden traces as data: HTTP requests to a real PocketIC server and its answers. */

/** Bytes in a trace. A short one is base64. A long one is a file of the folder, a repeated byte (in hex), or a list of parts. */
export type TraceBytes =
  | string
  | { readonly file: string }
  | { readonly fill: string; readonly count: number }
  | { readonly parts: readonly TraceBytes[] };

/** A text in a trace. A long one is a list of parts, in which a run of one letter is given by its length. */
export type TraceText =
  string | { readonly text: readonly (string | { readonly letter: string; readonly count: number })[] };

/** The server's answer. The fields that most exchanges share are omitted; see README.md of the folder. */
export interface TraceAnswer {
  /** Default: 200. A text if the server closed the connection. */
  readonly status?: number | string;
  /** Default: `application/json`. */
  readonly response_type?: string;
  /** JSON with described bytes, decoded CBOR, described bytes, or a text. */
  readonly response?: unknown;
}

export interface Exchange extends TraceAnswer {
  readonly label: string;
  readonly path: string;
  /** Default: `POST`. */
  readonly method?: string;
  /** Default: the server shall wait for the result. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly request?: unknown;
  readonly request_text?: TraceText;
  readonly request_bytes?: TraceBytes;
  /** What the bytes of the response mean, for readers. Not compared, because the bytes are. */
  readonly reads?: { readonly as: string; readonly value: unknown };
  /** JSON pointers to identifiers that the server chooses. */
  readonly ids?: readonly string[];
  /** JSON pointers to what does not bind, with `*` for any key. */
  readonly free?: readonly string[];
}

export interface ExchangeTrace {
  readonly format: 1;
  readonly scenario: string;
  readonly about: string;
  readonly exchanges: readonly Exchange[];
}

/** A request as it is sent. */
export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

/** An answer as it is received. */
export interface WireAnswer {
  /** A text if the server closed the connection without an answer. */
  readonly status: number | string;
  readonly contentType: string | undefined;
  readonly body: Buffer;
}

/** Sends one request to the server. Never rejects: a closed connection is an answer. */
export type Send = (request: WireRequest) => Promise<WireAnswer>;
