import { once } from "node:events";
import { createInterface } from "node:readline";
import type { ByteStream } from "../../index.js";
import { oneLine } from "../failure.js";
import type { Reporter } from "../reporter.js";

/** The label of the stream that carries a conversation. */
export const conversationLabel = "bowline-bytes/1";

/**
 * Carries standard input to the peer and what the peer says to standard output, until both have ended. On a terminal line by line;
 * otherwise bytes as they are. Throws what ended the stream early.
 */
export async function converse(stream: ByteStream, reporter: Reporter, signal: AbortSignal): Promise<void> {
  const stop = (): void => {
    stream.reset();
    process.stdin.destroy();
  };
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    await Promise.all([speak(stream), hear(stream, reporter)]);
  } finally {
    signal.removeEventListener("abort", stop);
    process.stdin.destroy();
  }
}

async function speak(stream: ByteStream): Promise<void> {
  const writer = stream.writable.getWriter();
  // A peer that is gone does not make us wait for a person's next line.
  writer.closed.catch(() => process.stdin.destroy());
  if (process.stdin.isTTY) {
    for await (const line of createInterface({ input: process.stdin, output: process.stderr })) {
      await writer.write(Buffer.from(`${line}\n`));
    }
  } else {
    for await (const chunk of process.stdin.iterator({ destroyOnReturn: false })) {
      await writer.write(chunk as Buffer);
    }
  }
  await writer.close();
}

async function hear(stream: ByteStream, reporter: Reporter): Promise<void> {
  if (!reporter.json && !process.stdout.isTTY) {
    for await (const bytes of chunksOf(stream)) {
      if (!process.stdout.write(bytes)) await once(process.stdout, "drain");
    }
    return;
  }
  for await (const line of linesOf(stream)) {
    if (reporter.json) reporter.print({ event: "line", text: line });
    // What the peer writes moves no cursor here.
    else process.stdout.write(`\r\x1b[K< ${oneLine(line)}\n`);
  }
  if (!reporter.json) reporter.line("the peer says no more. Ctrl-D ends the conversation");
}

async function* chunksOf(stream: ByteStream): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = stream.readable.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

/** The longest line that is kept together. */
const longestLine = 65_536;

async function* linesOf(stream: ByteStream): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of chunksOf(stream)) {
    const lines = `${rest}${decoder.decode(bytes, { stream: true })}`.split("\n");
    rest = lines.pop()!;
    if (rest.length > longestLine) {
      lines.push(rest);
      rest = "";
    }
    yield* lines.map(line => line.replace(/\r$/, ""));
  }
  rest += decoder.decode();
  if (rest !== "") yield rest;
}
