// A million sessions in one process: what their time costs. Machines, drivers and wake-ups are the real ones; the cryptography beneath is left
// out (it would take the time of a million handshakes), and the paths are silent. Runs with --expose-gc.
import { freemem } from "node:os";
import { setImmediate } from "node:timers/promises";
import { defaultLimits } from "../dist/index.js";
import { SessionDriver } from "../dist/manager/session-driver.js";
import { Wakeups } from "../dist/manager/wakeups.js";
import { recordedResponders } from "./ends.mjs";
import { idleProvider } from "./idle-provider.mjs";
import { Missing } from "./measure.mjs";
import { SteppedClock } from "./stepped-clock.mjs";

const minute = 60_000;
/** What one takes up at the most while it is made. */
const bytesPerSession = 11_000;
/** Sessions that expire at the same time, and how often that is measured: in minute 40, 41, ... of their age. */
const expiring = 10_000;
const expiryRounds = 3;
const expiryMinute = 40;
/** Milliseconds between the beginnings of the other sessions, and ticks of a round. */
const stagger = 1;
const ticks = 1_000;

/** A path that takes everything and brings what it is told to. */
class SilentPath {
  delivery = "ordered";
  remote = "silent";
  bring;
  #end;
  setMaxFrameLength() {}
  start({ frame, end }) {
    this.bring = frame;
    this.#end = end;
  }
  write() {
    return true;
  }
  pause() {}
  resume() {}
  close() {
    process.nextTick(() => this.#end());
  }
  destroy() {}
}

/** Without renewal: only the session's own clock is measured, not an exchange that nobody answers. */
const { frames, make } = recordedResponders({ provider: idleProvider, autoRenew: false });
const nothing = () => undefined;

/** Sessions of one process, and what makes more of them. */
class Crowd {
  clock = new SteppedClock();
  wakeups = new Wakeups(this.clock);
  drivers = [];
  ended = 0;
  warned = 0;

  /** Establishes a session at the clock's time, that expires at `age` milliseconds. */
  add(age) {
    const limits =
      age === undefined ? defaultLimits : { ...defaultLimits, age: { warn: age - minute / 2, max: age } };
    const machine = make({ limits, autoRenew: false }, this.clock.now());
    const path = new SilentPath();
    const driver = new SessionDriver(machine, path, this.clock, this.wakeups, {
      authorize: () => driver.run(at => machine.authorize(true, at)),
      event: ({ type }) => {
        if (type === "ended") this.ended++;
        if (type === "near-expiry") this.warned++;
      },
      message: nothing,
      idle: nothing,
      drain: nothing,
      finished: nothing,
    });
    driver.start();
    for (const frame of frames) path.bring(frame);
    if (machine.state.name !== "active") throw new Error(`A session is ${machine.state.name}.`);
    this.drivers.push(driver);
  }

  /** Goes on to where the staggered sessions begin to wake, one with each tick. */
  toFirstTick(first) {
    this.at = first + defaultLimits.age.warn;
    this.clock.step(this.at);
  }

  /** Microseconds of a tick, over a round of them. */
  tickCost() {
    const { warned } = this;
    const begin = performance.now();
    for (let i = 0; i < ticks; i++) this.clock.step((this.at += stagger));
    const elapsed = performance.now() - begin;
    const woken = this.warned - warned;
    // The very first session has been woken by `toFirstTick`.
    if (woken < ticks - 1) throw new Error(`Of ${ticks} ticks ${woken} have woken a session.`);
    return (elapsed * 1000) / ticks;
  }
}

/** `count` sessions that begin one after the other. */
function staggered(crowd, count) {
  const first = crowd.clock.now().monotonic;
  for (let i = 0; i < count; i++) {
    crowd.clock.set(first + i * stagger);
    crowd.add();
  }
  return first;
}

function thousand() {
  const crowd = new Crowd();
  crowd.toFirstTick(staggered(crowd, ticks));
  return crowd;
}

let shared;
/** The million, made once for both rows: groups that expire together, then the staggered ones. */
function million(sessions) {
  if (shared !== undefined) return shared;
  const needed = sessions * bytesPerSession;
  if (freemem() < needed)
    throw new Missing(
      `${(needed / 2 ** 30).toFixed(0)} GiB of free memory for ${sessions} sessions; --sessions N makes fewer`,
    );
  const crowd = new Crowd();
  for (let round = 0; round < expiryRounds; round++)
    for (let i = 0; i < expiring; i++) crowd.add((expiryMinute + round) * minute);
  const count = Math.max(sessions - expiryRounds * expiring, 20 * ticks);
  shared = {
    crowd,
    first: staggered(crowd, count),
    note: `${crowd.drivers.length.toLocaleString("en-US")} sessions`,
  };
  globalThis.gc();
  return shared;
}

/** The longest turn of the event loop, in milliseconds, from just before a group expires till all of it has. */
async function longestTurn(crowd, at) {
  const wanted = crowd.ended + expiring;
  crowd.clock.step(at - 50);
  crowd.clock.follow();
  let longest = 0;
  for (let last = performance.now(); crowd.ended < wanted;) {
    await setImmediate();
    const present = performance.now();
    longest = Math.max(longest, present - last);
    last = present;
  }
  crowd.clock.stop();
  return longest;
}

export async function expiry({ sessions = 1_000_000 }) {
  const { crowd, note } = million(sessions);
  const pairs = [];
  for (let round = 0; round < expiryRounds; round++)
    pairs.push([await longestTurn(crowd, 1 + (expiryMinute + round) * minute), 1]);
  return { pairs, note };
}

/** What a tick that wakes one session costs among all of them, beside the same among a thousand. */
export function tick({ rounds, sessions = 1_000_000 }) {
  const { crowd, first, note } = million(sessions);
  crowd.toFirstTick(first);
  for (let i = 0; i < 3; i++) thousand().tickCost();
  const pairs = [];
  for (let round = 0; round < rounds; round++) {
    const few = thousand();
    pairs.push([crowd.tickCost(), few.tickCost()]);
  }
  return { pairs, note };
}
