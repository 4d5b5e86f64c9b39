import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import type { Message, Session } from "../../index.js";
import type { FileReceived } from "./process-calls.js";
import { tell } from "./process-server.js";

/** Progress is told this many times in a file. */
const progressSteps = 64;

/** Takes one file from the session, writes it to `path`, which must not exist, and answers with the digest of what stands there. */
export async function receiveFile(session: Session, path: string): Promise<FileReceived> {
  const { bytes } = JSON.parse((await next(session)).text()) as { readonly bytes: number };
  const file = await open(path, "wx", 0o600);
  try {
    let received = 0;
    let told = 0;
    while (received < bytes) {
      const message = await next(session);
      await file.writeFile(message.bytes);
      received += message.bytes.length;
      const step = Math.floor((received / bytes) * progressSteps);
      if (step > told) tell({ type: "file-progress", bytes: received });
      told = step;
    }
  } finally {
    await file.close();
  }
  await session.send("all here");
  const report = await readBack(path);
  await session.send(JSON.stringify(report));
  return report;
}

async function next(session: Session): Promise<Message> {
  const message = await session.receive();
  if (message === undefined) throw new Error("The dialer closed the session in the middle of the file.");
  return message;
}

/** Length and digest of the file as the disk gives it back. */
async function readBack(path: string): Promise<FileReceived> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest("hex") };
}
