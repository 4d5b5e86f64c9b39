import { SessionError } from "../errors/index.js";
import { decodeJson, encodeJson } from "./json-message.js";
import { RequestError } from "./request-error.js";
import type { Sent, SendStage } from "./sent.js";
import type { RequestContext, RequestOptions, RespondOptions } from "./session-requests.js";
import type { Session } from "./session.js";
import type { SchemaInput, SchemaOutput, StandardSchema } from "./standard-schema.js";

/** Messages of a session as values: JSON on the wire, validated at both ends. */
export interface TypedMessages<
  Incoming extends StandardSchema,
  Outgoing extends StandardSchema,
> extends AsyncIterable<SchemaOutput<Incoming>> {
  /** @throws message-invalid where the value does not fit, and as `Session.send` */
  send<Stage extends SendStage = "written">(
    value: SchemaInput<Outgoing>,
    options?: { readonly until?: Stage; readonly signal?: AbortSignal },
  ): Promise<Sent<Stage>>;
  /** The next message; undefined after the peer has closed the session. @throws message-invalid: that message is gone, the next may be well; and as `Session.receive` */
  receive(options?: { readonly signal?: AbortSignal }): Promise<SchemaOutput<Incoming> | undefined>;
}

/** Schemas of the two directions. Without `outgoing`, what is sent is not looked at. */
export interface MessageSchemas<Incoming extends StandardSchema, Outgoing extends StandardSchema> {
  /** What the peer's messages must be. */
  readonly incoming: Incoming;
  /** What this end's messages must be. */
  readonly outgoing?: Outgoing;
}

/**
 * A session's messages as values of schemas (Standard Schema, version 1). Whoever receives through it should receive nothing past it. What a
 * schema transforms is transformed where it is received.
 */
export function typed<Incoming extends StandardSchema, Outgoing extends StandardSchema = StandardSchema>(
  session: Session,
  schemas: MessageSchemas<Incoming, Outgoing>,
): TypedMessages<Incoming, Outgoing> {
  const { incoming, outgoing } = schemas;
  const receive = async (options?: {
    readonly signal?: AbortSignal;
  }): Promise<SchemaOutput<Incoming> | undefined> => {
    const message = await session.receive(options);
    return message === undefined ? undefined : decodeJson(incoming, message.bytes, "message that came");
  };
  return {
    send: async (value, options) =>
      session.send(await encodeJson(outgoing, value, "message to be sent"), options),
    receive,
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const message = await session.receive();
        if (message === undefined) return;
        yield await decodeJson(incoming, message.bytes, "message that came");
      }
    },
  };
}

/** Schemas of a request and its reply. */
export interface RequestSchemas<Request extends StandardSchema, Response extends StandardSchema> {
  /** What a request must be. */
  readonly request: Request;
  /** What a reply must be. */
  readonly response: Response;
}

/**
 * A function that sends requests `label` and gives what comes back: JSON on the wire, validated at both ends.
 *
 * @throws message-invalid where the value or the reply does not fit, and as `Session.request`
 */
export function typedRequest<Request extends StandardSchema, Response extends StandardSchema>(
  session: Session,
  label: string,
  schemas: RequestSchemas<Request, Response>,
): (value: SchemaInput<Request>, options?: RequestOptions) => Promise<SchemaOutput<Response>> {
  return async (value, options) => {
    const request = await encodeJson(schemas.request, value, `request "${label}"`);
    const reply = await session.request(label, request, options);
    return decodeJson(schemas.response, reply.bytes, `reply to the request "${label}"`);
  };
}

/**
 * Answers requests `label` with values. A request that does not fit fails with the code `message-invalid`, and the handler is not called.
 * The result takes the handler away.
 *
 * @throws invalid-argument where the label has a handler
 */
export function typedRespond<Request extends StandardSchema, Response extends StandardSchema>(
  session: Session,
  label: string,
  schemas: RequestSchemas<Request, Response>,
  handler: (
    value: SchemaOutput<Request>,
    context: RequestContext,
  ) => SchemaInput<Response> | Promise<SchemaInput<Response>>,
  options?: RespondOptions,
): () => void {
  const respond = async (bytes: Uint8Array, context: RequestContext): Promise<string> => {
    const value = await decodeJson(schemas.request, bytes, `request "${label}"`).catch(refuse);
    return encodeJson(schemas.response, await handler(value, context), `reply to the request "${label}"`);
  };
  return session.respond(label, (request, context) => respond(request.bytes, context), options);
}

/** A request that does not fit is the requester's to mend: it is told where. */
function refuse(error: unknown): never {
  if (SessionError.is(error, "message-invalid")) throw new RequestError(error.code, error.message);
  throw error;
}
