import type { DhKeyPair } from "../src/crypto/index.js";
import { SessionError } from "../src/errors/index.js";
import type { Instant } from "../src/ports/index.js";
import {
  defaultLimits,
  SessionMachine,
  type LineageInspection,
  type SessionEvent,
  type SessionMachineOptions,
} from "../src/session/index.js";
import { grace, type EndInput, type EndName, type EndNode } from "./end-node.js";
import type { Flight, Flights } from "./flight.js";
import { KeyLog } from "./key-log.js";
import { checkStep } from "./step-checks.js";
import { toyProvider, toyRandom } from "./toy-provider.js";
import { check, Violation } from "./violation.js";

export type Delivery = SessionMachineOptions["delivery"];

/** No limit and no policy is reached within the bound: only what is asked for happens. */
const never = 2 ** 50;
const limits = Object.fromEntries(
  Object.keys(defaultLimits).map(name => [name, { warn: never, max: never + 1 }]),
) as unknown as SessionMachineOptions["limits"];
const keyPolicy = {
  rotation: { records: never, bytes: never, time: never },
  generation: { rotations: never, time: never },
};

/** What passes before an end wakes. */
const second = 1_000;
const instant = (now: number): Instant => ({ wall: 1_000_000 + now, monotonic: now });
const text = new TextDecoder();
const bytes = new TextEncoder();

/** A machine that is at some node. */
interface Live {
  readonly machine: SessionMachine;
  readonly log: KeyLog;
}

interface Outputs {
  readonly frames: Uint8Array[];
  readonly messages: string[];
  readonly events: SessionEvent[];
}

/**
 * Runs one end of the pair from node to node. A machine can't be copied, so it is made again by living its history again; the last ones are
 * kept where they are.
 */
export class EndRunner {
  readonly end: EndName;
  /** After the handshake. */
  root: EndNode | undefined;
  /** How often a history was lived again. */
  replays = 0;
  /** How many nodes there are. */
  nodes = 0;
  readonly #flights: Flights;
  readonly #options: Omit<SessionMachineOptions, "provider" | "random" | "identity">;
  readonly #secretKey: Uint8Array;
  readonly #handshake: Uint8Array[] = [];
  readonly #live = new Map<EndNode, Live>();

  constructor(end: EndName, delivery: Delivery, flights: Flights, peer: Uint8Array | undefined) {
    this.end = end;
    this.#flights = flights;
    this.#secretKey = secretKeyOf(end);
    this.#options = {
      role: end,
      floor: "hybrid",
      prefer: "hybrid",
      delivery,
      handshakeTimeout: 20_000,
      grace,
      limits,
      keyPolicy,
      autoRenew: true,
      ...(peer !== undefined && { peer }),
    };
  }

  /** The machine at its very beginning, and what it puts out. */
  begin(): Live {
    const log = new KeyLog();
    const provider = toyProvider(log);
    const identity: DhKeyPair = provider.dh.importKeyPair(this.#secretKey);
    const random = toyRandom(this.end === "initiator" ? 1 : 2);
    const machine = new SessionMachine({ ...this.#options, provider, random, identity }, instant(0));
    return { machine, log };
  }

  /** A step of the handshake, which every history begins with. */
  shake(live: Live, frame: Uint8Array | undefined): Uint8Array[] {
    if (frame !== undefined) {
      this.#handshake.push(frame);
      live.machine.receive(frame, instant(0));
    }
    return takeOutputs(live.machine, 0).frames;
  }

  /** The handshake is over and its last frames have arrived. */
  settled(live: Live): EndNode {
    const now = 10 * second;
    live.machine.wake(instant(now));
    check(takeOutputs(live.machine, now).frames.length === 0, "the handshake has left something to repeat");
    const { lineage } = live.machine.inspect();
    check(lineage !== undefined, "the handshake has not led to a session");
    const node = {
      end: this.end,
      parent: undefined,
      input: undefined,
      now,
      lineage,
      sent: 0,
      frames: [],
      received: [],
      log: live.log.take(),
      accepted: [],
      renewedAt: 0,
      advancedAt: {},
      children: new Map<EndInput, EndNode>(),
    };
    this.root = node;
    this.#live.set(node, live);
    return node;
  }

  /** Where `input` leads from `node`. @throws Violation */
  step(node: EndNode, input: EndInput): EndNode {
    const known = node.children.get(input);
    if (known !== undefined) return known;
    const live = this.#at(node);
    const before = live.machine.metrics().received.records;
    const now = input === "wake" ? node.now + second : node.now;
    act(live.machine, input, node, now);
    const outputs = takeOutputs(live.machine, now);
    const { lineage, state } = live.machine.inspect();
    check(lineage !== undefined, `the ${this.end}'s session is ${state}`);
    const log = live.log.take();
    const opened = live.machine.metrics().received.records > before;
    const child: EndNode = {
      end: this.end,
      parent: node,
      input,
      now,
      lineage,
      sent: node.sent + (input === "send" || input === "rotate-and-send" ? 1 : 0),
      frames: outputs.frames.map(frame => this.#flights.of(frame)),
      received: outputs.messages,
      log,
      accepted: opened ? [...node.accepted, input as Flight] : node.accepted,
      ...changesOf(node, lineage, now),
      children: new Map(),
    };
    checkStep(child, node, outputs.events);
    if (this.#options.delivery === "datagram") this.#repeat(child, live);
    this.nodes++;
    node.children.set(input, child);
    this.#keep(child, live);
    return child;
  }

  /** A frame that has been opened may come again at any time: nothing comes of it. */
  #repeat({ accepted, now }: EndNode, { machine }: Live): void {
    const before = machine.metrics().received.records;
    for (const { bytes: frame } of accepted) machine.receive(frame, instant(now));
    const { frames, messages } = takeOutputs(machine, now);
    const nothing = frames.length + messages.length === 0 && machine.metrics().received.records === before;
    check(nothing, `the ${this.end} opens a frame twice`);
  }

  #at(node: EndNode): Live {
    const live = this.#live.get(node);
    this.#live.delete(node);
    return live ?? this.#liveAgain(node);
  }

  #keep(node: EndNode, live: Live): void {
    this.#live.set(node, live);
    if (this.#live.size <= 4_000) return;
    const [oldest] = this.#live.keys();
    this.#live.delete(oldest!);
  }

  #liveAgain(node: EndNode): Live {
    this.replays++;
    const live = this.begin();
    takeOutputs(live.machine, 0);
    for (const frame of this.#handshake) {
      live.machine.receive(frame, instant(0));
      takeOutputs(live.machine, 0);
    }
    const history: EndNode[] = [];
    for (let at = node; at.parent !== undefined; at = at.parent) history.push(at);
    live.machine.wake(instant(this.root!.now));
    for (const { input, parent, now } of history.reverse()) {
      act(live.machine, input!, parent!, now);
      takeOutputs(live.machine, now);
    }
    live.log.take();
    return live;
  }
}

/** When sessions and generations began: as the frames show it, and not as the machine says of itself what it keeps. */
function changesOf(
  before: EndNode,
  { current }: LineageInspection,
  now: number,
): Pick<EndNode, "renewedAt" | "advancedAt"> {
  const { lineage, renewedAt, advancedAt } = before;
  if (lineage.current.id !== current.id) return { renewedAt: now, advancedAt };
  if (lineage.current.opening.generation === current.opening.generation) return { renewedAt, advancedAt };
  return { renewedAt, advancedAt: { ...advancedAt, [current.id]: now } };
}

/** The secret key of an end; with toy primitives it is the public key as well. */
export function secretKeyOf(end: EndName): Uint8Array {
  return new Uint8Array(32).fill(end === "initiator" ? 0x11 : 0x22);
}

function act(machine: SessionMachine, input: EndInput, { end, sent }: EndNode, now: number): void {
  const at = instant(now);
  try {
    if (typeof input !== "string") machine.receive(input.bytes, at);
    else if (input === "wake") machine.wake(at);
    else if (input === "rotate") machine.rotateKeys(at);
    else if (input === "advance") machine.advanceEpoch(at);
    else if (input === "renew") machine.renew(at);
    else {
      if (input === "rotate-and-send") machine.rotateKeys(at);
      machine.send(bytes.encode(`${end} ${sent}`), at);
    }
  } catch (error) {
    const what = SessionError.is(error) ? error.code : String(error);
    throw new Violation(`the ${end} refuses ${typeof input === "string" ? input : "a frame"}: ${what}`);
  }
}

function takeOutputs(machine: SessionMachine, now: number): Outputs {
  const taken: Outputs = { frames: [], messages: [], events: [] };
  for (let outputs = machine.takeOutputs(); outputs.length > 0; outputs = machine.takeOutputs()) {
    for (const output of outputs) {
      if (output.kind === "frame") taken.frames.push(output.frame);
      if (output.kind === "message") taken.messages.push(text.decode(output.plaintext));
      if (output.kind === "event") taken.events.push(output.event);
      if (output.kind === "authorize") machine.authorize(true, instant(now));
      check(output.kind !== "disconnect", "the path is given up");
    }
  }
  return taken;
}
