import type { ManagerEvent, Session } from "../src/manager/index.js";
import {
  checkedLimits,
  type LimitName,
  type SessionEnd,
  type SessionLimits,
  type SessionState,
} from "../src/session/index.js";
import { LifetimeModel } from "./lifetime-model.js";
import type { LinkEnd } from "./link.js";
import type { HostSettings } from "./settings.js";
import type { Findings } from "./violation.js";

const next: Readonly<Record<SessionState["name"], readonly SessionState["name"][]>> = {
  handshaking: ["active", "near-expiry", "ended"],
  active: ["near-expiry", "ended"],
  "near-expiry": ["active", "ended"],
  ended: [],
};

const renewable: ReadonlySet<LimitName> = new Set<LimitName>([
  "age",
  "sentMessages",
  "receivedMessages",
  "sentBytes",
  "receivedBytes",
]);

/** What happened to sessions, counted. */
export interface SessionCounts {
  established: number;
  resumptions: number;
  renewals: number;
  generations: number;
  rotations: number;
  ended: Partial<Record<SessionEnd["kind"], number>>;
  refused: number;
}

/** Watches one end of a session: its events, its states, its limits. */
export class SessionWatch {
  readonly end: LinkEnd;
  readonly #findings: Findings;
  readonly #counts: SessionCounts;
  readonly #own: HostSettings;
  readonly #peer: HostSettings;
  /** How long, in milliseconds, the weather has been good and everybody has had time to settle; 0 where not. */
  readonly #settledFor: () => number;
  readonly limits: SessionLimits;
  #state: SessionState["name"] = "handshaking";
  #id: string | undefined;
  #generation = 0;
  #openingEpoch = 0;
  readonly #told = new Set<LimitName>();
  #expired: LimitName | undefined;
  #messages = 0;
  /** When keys moved on last: established, a generation, a renewal. */
  #movedAt = 0;
  #nearSince: number | undefined;
  /** Bare records that were opened: no event tells of them. */
  bare = 0;
  /** A bare record is being opened: where it is the last that a limit allows, the session ends before it is counted here. */
  opensBare = false;
  /** Frames of durable channels that came: no event tells of them, and some may not have opened. */
  #durable = 0;
  /** Messages of earlier sessions of the lineage, as this end has kept it: known from the first look on. */
  #earlier: number | undefined = 0;
  model: LifetimeModel | undefined;
  ended: SessionEnd | undefined;

  constructor(
    end: LinkEnd,
    findings: Findings,
    counts: SessionCounts,
    own: HostSettings,
    peer: HostSettings,
    settledFor: () => number,
  ) {
    this.end = end;
    this.#findings = findings;
    this.#counts = counts;
    this.#own = own;
    this.#peer = peer;
    this.#settledFor = settledFor;
    this.limits = agreedLimits(own, peer);
  }

  get far(): SessionWatch | undefined {
    const { far } = this.end;
    return far.process.watches.get(far.remote);
  }

  tell(event: ManagerEvent): void {
    const { session, process } = this.end;
    this.#require(
      this.#id !== undefined ||
        event.type === "established" ||
        event.type === "ended" ||
        event.type === "rejected",
      () => `${event.type} was told before established`,
    );
    this.#require(
      this.ended === undefined || event.type === "rejected",
      () => `${event.type} was told after ended`,
    );
    switch (event.type) {
      case "connection-refused":
        return;
      case "lost":
      case "quarantined":
        return;
      case "resumed":
        this.#require(
          event.to === this.#id && event.from === session?.resumed?.from,
          () => "resumed names another session",
        );
        this.#counts.resumptions++;
        this.#earlier = undefined;
        return;
      case "restored":
      case "fenced":
        this.#require(false, () => `${event.type} was told, and nobody had asked for what leads there`);
        return;
      case "established":
        this.#require(this.#id === undefined, () => "established was told twice");
        this.#id = event.session;
        this.#counts.established++;
        this.#movedAt = this.end.context.timeline.now;
        this.model = new LifetimeModel(this.limits, process.clock.read());
        return;
      case "message-received":
        this.#messages++;
        this.model?.active(process.clock.read());
        return;
      case "renewed":
        this.#require(
          event.from === this.#id && event.to !== event.from,
          () => "renewed names another session",
        );
        this.#id = event.to;
        this.#generation = 0;
        this.#openingEpoch = 0;
        this.#told.clear();
        this.#counts.renewals++;
        this.#movedAt = this.end.context.timeline.now;
        return;
      case "epoch-advanced":
        this.#require(
          event.generation === this.#generation + 1,
          () => `generation ${event.generation} followed ${this.#generation}`,
        );
        this.#generation = event.generation;
        this.#openingEpoch = event.generation * 0x1_0000;
        this.#counts.generations++;
        this.#movedAt = this.end.context.timeline.now;
        return;
      case "key-rotated":
        this.#counts.rotations++;
        if (event.direction === "sent") return;
        this.#require(
          event.epoch > this.#openingEpoch,
          () => `the receiving epoch went from ${this.#openingEpoch} to ${event.epoch}`,
        );
        this.#openingEpoch = event.epoch;
        return;
      case "near-expiry":
        this.#require(!this.#told.has(event.reason), () => `near-expiry of ${event.reason} was told twice`);
        this.#told.add(event.reason);
        return;
      case "expired":
        this.#expired = event.reason;
        this.#checkExpiry(event.reason);
        return;
      case "rejected":
        this.#counts.refused++;
        this.#require(event.cause !== "internal", () => "something that should not fail has failed");
        return;
      case "ended":
        this.#end(event.end, session);
    }
  }

  /** A frame of a durable channel is being sent, or has come. */
  durable(what: "sent" | "received"): void {
    if (what === "received") this.#durable++;
    this.model?.active(this.end.process.clock.read());
  }

  /** Looks at the session after a step of its process. */
  look(): void {
    const { session } = this.end;
    if (session === undefined) return;
    const { name } = session.state;
    if (name !== this.#state) {
      this.#require(next[this.#state].includes(name), () => `the state went from ${this.#state} to ${name}`);
      this.#state = name;
    }
    this.#require(
      (name === "ended") === (this.ended !== undefined),
      () => `the state is ${name}, and the events say otherwise`,
    );
    // Idleness comes and goes: it is told once each time.
    if (!this.#told.has("idle") || this.ended !== undefined) return;
    const health = session.checkHealth();
    if (!("reason" in health) || health.reason !== "idle") this.#told.delete("idle");
  }

  /** Checks what the events told against the session itself. */
  settle(): void {
    const { session } = this.end;
    if (session === undefined) return;
    if (this.ended === undefined)
      this.#require(session.id === this.#id, () => "the session's id changed and no event told it");
    const received = session.metrics().received.messages;
    this.#checkProgress(session);
    const known = this.#messages + this.bare;
    this.#earlier ??= Math.max(Number(received) - known - this.#durable, 0);
    const more = Number(received) - known - this.#earlier;
    this.#require(
      more >= 0 && more <= this.#durable + Number(this.opensBare),
      () =>
        `${received} messages came, ${this.#earlier} of them before, and ${this.#messages} events told it`,
    );
  }

  #end(end: SessionEnd, session: Session | undefined): void {
    this.ended = end;
    this.#counts.ended[end.kind] = (this.#counts.ended[end.kind] ?? 0) + 1;
    this.#findings.note(
      `${this.end.remote}/${this.end.side} (host ${this.end.process.host}) ended: ${JSON.stringify(end)}`,
    );
    if (session === undefined) return;
    this.settle();
    this.#require(
      (end.kind === "expired") === (this.#expired !== undefined),
      () => "expired and ended do not go together",
    );
    if (end.kind === "closed" && end.by === "peer") this.#checkClosedByPeer();
    const { far } = this;
    const announced = far?.ended?.kind === "closed" || far?.ended?.kind === "expired";
    if (
      end.kind === "truncated" &&
      this.end.delivery === "ordered" &&
      announced &&
      this.#settledFor() > 30_000
    )
      this.#require(false, () => "a close was not announced");
    if (end.kind === "failed" && this.end.delivery === "datagram" && end.error.code !== "peer-refused")
      this.#require(false, () => `a session failed by what anybody can send: ${end.error.code}`);
    if (end.kind === "failed" && this.#settledFor() > 30_000)
      this.#require(false, () => `a session failed in good weather: ${end.error.code} ${end.error.message}`);
  }

  /** In good weather what is due comes about: a generation after its time, a renewal after its warning. */
  #checkProgress(session: Session): void {
    const { state } = session;
    const since = Math.min(this.end.context.calmFor(), this.end.context.timeline.now - this.#movedAt);
    const [own, peer] = [this.#own, this.#peer].map(({ keyPolicy }) => keyPolicy.generation.time);
    if (state.name === "active" || state.name === "near-expiry") {
      const due = 1.3 * Math.min(own!, peer!) + 60_000;
      this.#require(since <= due, () => `no generation for ${Math.round(since / 1000)} s of good weather`);
    }
    const stuck = state.name === "near-expiry" && renewable.has(state.reason);
    if (!stuck) this.#nearSince = undefined;
    else this.#nearSince ??= this.end.context.timeline.now;
    const waited = Math.min(
      this.#settledFor(),
      this.end.context.timeline.now - (this.#nearSince ?? Infinity),
    );
    const renews = this.#own.autoRenew && this.#peer.autoRenew;
    this.#require(
      !renews || waited <= 60_000,
      () => `near-expiry for ${Math.round(waited / 1000)} s of good weather, and no renewal`,
    );
  }

  #checkClosedByPeer(): void {
    const { ledger, side, delivery } = this.end;
    const { far } = this;
    this.#require(
      far === undefined || far.ended !== undefined || !far.end.process.alive,
      () => "a close came that the peer did not send",
    );
    // What the inbox holds is read within the step.
    this.end.process.after(0, () => {
      if (delivery === "ordered" && this.end.process.reading(this.end))
        this.#require(ledger.complete(side), () => `closed in good order, but: ${ledger.describe()}`);
    });
  }

  /** Who expires is over the limit; and in good weather nobody does that could have been renewed. */
  #checkExpiry(reason: LimitName): void {
    const now = this.end.process.clock.read();
    // In bad weather a session of the lineage may have begun long before this end first sealed under it; and where the peer has
    // expired, its clocks count.
    if (
      this.far?.ended === undefined &&
      this.#settledFor() > 60_000 &&
      (reason === "age" || reason === "idle")
    ) {
      const age = this.model?.age(reason, now) ?? 0;
      this.#require(
        age >= this.limits[reason].max - 40_000,
        () => `expired by ${reason} after ${age} of ${this.limits[reason].max} ms`,
      );
    }
    const renews = this.#own.autoRenew || this.#peer.autoRenew;
    if (renews && renewable.has(reason) && this.#settledFor() > 60_000)
      this.#require(
        false,
        () => `expired by ${reason} in good weather, where a renewal should have come first`,
      );
  }

  #require(holds: boolean, message: () => string): void {
    this.#findings.require(holds, () => `${this.end.remote}/${this.end.side}: ${message()}`);
  }
}

/** What holds between two hosts, computed apart from the code under test: the stricter of both, sent at one is received at the other. */
function agreedLimits(own: HostSettings, peer: HostSettings): SessionLimits {
  const [a, b] = [checkedLimits(own.limits), checkedLimits(peer.limits)];
  const least = (mine: LimitName, theirs: LimitName): { warn: number; max: number } => {
    const max = Math.min(a[mine].max, b[theirs].max);
    return { warn: Math.min(a[mine].warn, b[theirs].warn, max - 1), max };
  };
  return {
    age: least("age", "age"),
    idle: least("idle", "idle"),
    lineageAge: least("lineageAge", "lineageAge"),
    sentMessages: least("sentMessages", "receivedMessages"),
    receivedMessages: least("receivedMessages", "sentMessages"),
    sentBytes: least("sentBytes", "receivedBytes"),
    receivedBytes: least("receivedBytes", "sentBytes"),
  };
}
