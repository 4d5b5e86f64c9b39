import { describe, expect, it } from "vitest";
import { HandshakeGate, type HandshakeLimits } from "../../src/manager/handshake-gate.js";
import { networkAddress } from "../../src/manager/network-address.js";
import { SessionManager, Identity } from "../../src/manager/index.js";

const unbounded = { burst: Infinity, perSecond: Infinity } as const;
const gate = (limits: Partial<HandshakeLimits> = {}): HandshakeGate =>
  new HandshakeGate(
    {
      total: 100,
      perAddress: 100,
      rate: { total: unbounded, perAddress: unbounded },
      addresses: 1000,
      ...limits,
    },
    0,
  );
const from = (host: string, port = 1): string => `tcp://${host}:${port}`;
/** Enters, and stays in. */
const causes = (entries: (string | (() => void))[]): (string | undefined)[] =>
  entries.map(entry => (typeof entry === "string" ? entry : undefined));

describe("whom a connection counts for", () => {
  it.each([
    ["tcp://203.0.113.7:7000", "203.0.113.7"],
    ["ws://203.0.113.7:80/path?x", "203.0.113.7"],
    ["tcp://203.0.113.7", "203.0.113.7"],
    ["tcp://[::ffff:203.0.113.7]:7000", "203.0.113.7"],
    ["tcp://[0:0:0:0:0:FFFF:203.0.113.7]:7000", "203.0.113.7"],
    ["tcp://[2001:db8:1:2:3:4:5:6]:7000", "2001:db8:1:2::/64"],
    ["tcp://[2001:0DB8:0001:0002::9]:7000", "2001:db8:1:2::/64"],
    ["tcp://[2001:db8::9]:7000", "2001:db8:0:0::/64"],
    ["tcp://[::1]:7000", "0:0:0:0::/64"],
    ["tcp://[fe80::1%eth0]:7000", "fe80:0:0:0::/64"],
    ["memory://listener#7", "memory://listener#7"],
    ["ws://some.name:80", "ws://some.name:80"],
    ["", ""],
  ])("%s counts for %s", (remote, address) => expect(networkAddress(remote)).toBe(address));
});

describe("the gate of handshakes", () => {
  it("X39 holds so many at a time of one address, and lets others in; who leaves makes room", () => {
    const it = gate({ perAddress: 2 });
    const entries = [1, 2, 3].map(port => it.enter(from("192.0.2.1", port), 0));
    expect(causes(entries)).toEqual([undefined, undefined, "address-handshakes"]);
    const other = it.enter(from("192.0.2.2"), 0);
    expect(typeof other).toBe("function");
    (entries[0] as () => void)();
    expect(it.inside).toBe(2);
    expect(typeof it.enter(from("192.0.2.1"), 0)).toBe("function");
    expect(it.enter(from("192.0.2.1"), 0)).toBe("address-handshakes");
  });

  it("X39 counts an IPv6 /64 as one address", () => {
    const it = gate({ perAddress: 2 });
    const entries = [1, 2, 3].map(host => it.enter(`tcp://[2001:db8::${host}]:1`, 0));
    expect(causes(entries)).toEqual([undefined, undefined, "address-handshakes"]);
  });

  it("X39 holds so many at a time in all", () => {
    const it = gate({ total: 2 });
    const entries = [1, 2, 3].map(host => it.enter(from(`192.0.2.${host}`), 0));
    expect(causes(entries)).toEqual([undefined, undefined, "handshakes"]);
  });

  it("X39 bounds the rate of one address, which comes back with time, up to its burst", () => {
    const it = gate({ rate: { total: unbounded, perAddress: { burst: 3, perSecond: 2 } } });
    const knock = (now: number): string | undefined => causes([it.enter(from("192.0.2.1"), now)])[0];
    expect([0, 0, 0, 0].map(knock)).toEqual([undefined, undefined, undefined, "address-rate"]);
    expect(causes([it.enter(from("192.0.2.2"), 0)])).toEqual([undefined]);
    expect([499, 500, 500].map(knock)).toEqual(["address-rate", undefined, "address-rate"]);
    expect([60_000, 60_000, 60_000, 60_000].map(knock)).toEqual([
      undefined,
      undefined,
      undefined,
      "address-rate",
    ]);
  });

  it("X39 bounds the rate in all; what one address is refused costs the others nothing", () => {
    const it = gate({ perAddress: 1, rate: { total: { burst: 3, perSecond: 1 }, perAddress: unbounded } });
    for (let i = 0; i < 50; i++) it.enter(from("192.0.2.1"), 0);
    expect(causes([2, 3, 4].map(host => it.enter(from(`192.0.2.${host}`), 0)))).toEqual([
      undefined,
      undefined,
      "rate",
    ]);
    expect(causes([it.enter(from("192.0.2.5"), 1000)])).toEqual([undefined]);
  });

  it("X39 remembers a bounded number of addresses, and the one that knocks without end among them", () => {
    const it = gate({
      addresses: 10,
      rate: { total: unbounded, perAddress: { burst: 1, perSecond: 0.001 } },
    });
    for (let i = 0; i < 1000; i++) {
      const entry = it.enter(from(`192.0.${i >> 8}.${i & 255}`), 0);
      if (typeof entry === "function") entry();
      const stubborn = it.enter(from("203.0.113.1"), 0);
      if (i > 0) expect(stubborn).toBe("address-rate");
      else (stubborn as () => void)();
    }
    expect(it.addresses).toBe(10);
  });

  it.each([
    [{ maxHandshakes: 0 }],
    [{ maxHandshakesPerAddress: Number.NaN }],
    [{ handshakeRate: { total: { burst: -1, perSecond: 1 } } }],
    [{ handshakeRate: { perAddress: { burst: 1, perSecond: 0 } } }],
  ])("refuses limits that are none: %o", options => {
    const make = (): unknown => new SessionManager({ identity: Identity.generate(), ...options });
    expect(make).toThrow(expect.objectContaining({ code: "invalid-argument" }) as Error);
  });
});
