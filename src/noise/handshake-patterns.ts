import type { HandshakePattern } from "./handshake-pattern.js";

// One-way patterns: Noise, section 7.4.

/** One-way: the sender has no static key. */
export const N: HandshakePattern = {
  name: "N",
  responderPreMessage: ["s"],
  messages: [["e", "es"]],
};

/** One-way: the sender's static key is known beforehand. */
export const K: HandshakePattern = {
  name: "K",
  initiatorPreMessage: ["s"],
  responderPreMessage: ["s"],
  messages: [["e", "es", "ss"]],
};

/** One-way: the sender's static key is sent. */
export const X: HandshakePattern = {
  name: "X",
  responderPreMessage: ["s"],
  messages: [["e", "es", "s", "ss"]],
};

// Fundamental interactive patterns: Noise, section 7.5.

/** Static keys: the initiator's none; the responder's none. */
export const NN: HandshakePattern = {
  name: "NN",
  messages: [["e"], ["e", "ee"]],
};

/** Static keys: the initiator's none; the responder's known beforehand. */
export const NK: HandshakePattern = {
  name: "NK",
  responderPreMessage: ["s"],
  messages: [
    ["e", "es"],
    ["e", "ee"],
  ],
};

/** Static keys: the initiator's none; the responder's sent. */
export const NX: HandshakePattern = {
  name: "NX",
  messages: [["e"], ["e", "ee", "s", "es"]],
};

/** Static keys: the initiator's sent; the responder's none. */
export const XN: HandshakePattern = {
  name: "XN",
  messages: [["e"], ["e", "ee"], ["s", "se"]],
};

/** Static keys: the initiator's sent; the responder's known beforehand. */
export const XK: HandshakePattern = {
  name: "XK",
  responderPreMessage: ["s"],
  messages: [
    ["e", "es"],
    ["e", "ee"],
    ["s", "se"],
  ],
};

/** Static keys: the initiator's sent; the responder's sent. */
export const XX: HandshakePattern = {
  name: "XX",
  messages: [["e"], ["e", "ee", "s", "es"], ["s", "se"]],
};

/** Static keys: the initiator's known beforehand; the responder's none. */
export const KN: HandshakePattern = {
  name: "KN",
  initiatorPreMessage: ["s"],
  messages: [["e"], ["e", "ee", "se"]],
};

/** Static keys: the initiator's known beforehand; the responder's known beforehand. */
export const KK: HandshakePattern = {
  name: "KK",
  initiatorPreMessage: ["s"],
  responderPreMessage: ["s"],
  messages: [
    ["e", "es", "ss"],
    ["e", "ee", "se"],
  ],
};

/** Static keys: the initiator's known beforehand; the responder's sent. */
export const KX: HandshakePattern = {
  name: "KX",
  initiatorPreMessage: ["s"],
  messages: [["e"], ["e", "ee", "se", "s", "es"]],
};

/** Static keys: the initiator's sent at once; the responder's none. */
export const IN: HandshakePattern = {
  name: "IN",
  messages: [
    ["e", "s"],
    ["e", "ee", "se"],
  ],
};

/** Static keys: the initiator's sent at once; the responder's known beforehand. */
export const IK: HandshakePattern = {
  name: "IK",
  responderPreMessage: ["s"],
  messages: [
    ["e", "es", "s", "ss"],
    ["e", "ee", "se"],
  ],
};

/** Static keys: the initiator's sent at once; the responder's sent. */
export const IX: HandshakePattern = {
  name: "IX",
  messages: [
    ["e", "s"],
    ["e", "ee", "se", "s", "es"],
  ],
};

// Deferred interactive patterns: Noise, sections 7.6 and 18.1.

/** Static keys: the initiator's none; the responder's known beforehand, authenticated a message later. */
export const NK1: HandshakePattern = {
  name: "NK1",
  responderPreMessage: ["s"],
  messages: [["e"], ["e", "ee", "es"]],
};

/** Static keys: the initiator's none; the responder's sent, authenticated a message later. */
export const NX1: HandshakePattern = {
  name: "NX1",
  messages: [["e"], ["e", "ee", "s"], ["es"]],
};

/** Static keys: the initiator's sent, authenticated a message later; the responder's none. */
export const X1N: HandshakePattern = {
  name: "X1N",
  messages: [["e"], ["e", "ee"], ["s"], ["se"]],
};

/** Static keys: the initiator's sent, authenticated a message later; the responder's known beforehand. */
export const X1K: HandshakePattern = {
  name: "X1K",
  responderPreMessage: ["s"],
  messages: [["e", "es"], ["e", "ee"], ["s"], ["se"]],
};

/** Static keys: the initiator's sent; the responder's known beforehand, authenticated a message later. */
export const XK1: HandshakePattern = {
  name: "XK1",
  responderPreMessage: ["s"],
  messages: [["e"], ["e", "ee", "es"], ["s", "se"]],
};

/** Static keys: the initiator's sent, authenticated a message later; the responder's known beforehand, authenticated a message later. */
export const X1K1: HandshakePattern = {
  name: "X1K1",
  responderPreMessage: ["s"],
  messages: [["e"], ["e", "ee", "es"], ["s"], ["se"]],
};

/** Static keys: the initiator's sent, authenticated a message later; the responder's sent. */
export const X1X: HandshakePattern = {
  name: "X1X",
  messages: [["e"], ["e", "ee", "s", "es"], ["s"], ["se"]],
};

/** Static keys: the initiator's sent; the responder's sent, authenticated a message later. */
export const XX1: HandshakePattern = {
  name: "XX1",
  messages: [["e"], ["e", "ee", "s"], ["es", "s", "se"]],
};

/** Static keys: the initiator's sent, authenticated a message later; the responder's sent, authenticated a message later. */
export const X1X1: HandshakePattern = {
  name: "X1X1",
  messages: [["e"], ["e", "ee", "s"], ["es", "s"], ["se"]],
};

/** Static keys: the initiator's known beforehand, authenticated a message later; the responder's none. */
export const K1N: HandshakePattern = {
  name: "K1N",
  initiatorPreMessage: ["s"],
  messages: [["e"], ["e", "ee"], ["se"]],
};

/** Static keys: the initiator's known beforehand, authenticated a message later; the responder's known beforehand. */
export const K1K: HandshakePattern = {
  name: "K1K",
  initiatorPreMessage: ["s"],
  responderPreMessage: ["s"],
  messages: [["e", "es"], ["e", "ee"], ["se"]],
};

/** Static keys: the initiator's known beforehand; the responder's known beforehand, authenticated a message later. */
export const KK1: HandshakePattern = {
  name: "KK1",
  initiatorPreMessage: ["s"],
  responderPreMessage: ["s"],
  messages: [["e"], ["e", "ee", "se", "es"]],
};

/** Static keys: the initiator's known beforehand, authenticated a message later; the responder's known beforehand, authenticated a message later. */
export const K1K1: HandshakePattern = {
  name: "K1K1",
  initiatorPreMessage: ["s"],
  responderPreMessage: ["s"],
  messages: [["e"], ["e", "ee", "es"], ["se"]],
};

/** Static keys: the initiator's known beforehand, authenticated a message later; the responder's sent. */
export const K1X: HandshakePattern = {
  name: "K1X",
  initiatorPreMessage: ["s"],
  messages: [["e"], ["e", "ee", "s", "es"], ["se"]],
};

/** Static keys: the initiator's known beforehand; the responder's sent, authenticated a message later. */
export const KX1: HandshakePattern = {
  name: "KX1",
  initiatorPreMessage: ["s"],
  messages: [["e"], ["e", "ee", "se", "s"], ["es"]],
};

/** Static keys: the initiator's known beforehand, authenticated a message later; the responder's sent, authenticated a message later. */
export const K1X1: HandshakePattern = {
  name: "K1X1",
  initiatorPreMessage: ["s"],
  messages: [["e"], ["e", "ee", "s"], ["se", "es"]],
};

/** Static keys: the initiator's sent at once, authenticated a message later; the responder's none. */
export const I1N: HandshakePattern = {
  name: "I1N",
  messages: [["e", "s"], ["e", "ee"], ["se"]],
};

/** Static keys: the initiator's sent at once, authenticated a message later; the responder's known beforehand. */
export const I1K: HandshakePattern = {
  name: "I1K",
  responderPreMessage: ["s"],
  messages: [["e", "es", "s"], ["e", "ee"], ["se"]],
};

/** Static keys: the initiator's sent at once; the responder's known beforehand, authenticated a message later. */
export const IK1: HandshakePattern = {
  name: "IK1",
  responderPreMessage: ["s"],
  messages: [
    ["e", "s"],
    ["e", "ee", "se", "es"],
  ],
};

/** Static keys: the initiator's sent at once, authenticated a message later; the responder's known beforehand, authenticated a message later. */
export const I1K1: HandshakePattern = {
  name: "I1K1",
  responderPreMessage: ["s"],
  messages: [["e", "s"], ["e", "ee", "es"], ["se"]],
};

/** Static keys: the initiator's sent at once, authenticated a message later; the responder's sent. */
export const I1X: HandshakePattern = {
  name: "I1X",
  messages: [["e", "s"], ["e", "ee", "s", "es"], ["se"]],
};

/** Static keys: the initiator's sent at once; the responder's sent, authenticated a message later. */
export const IX1: HandshakePattern = {
  name: "IX1",
  messages: [["e", "s"], ["e", "ee", "se", "s"], ["es"]],
};

/** Static keys: the initiator's sent at once, authenticated a message later; the responder's sent, authenticated a message later. */
export const I1X1: HandshakePattern = {
  name: "I1X1",
  messages: [
    ["e", "s"],
    ["e", "ee", "s"],
    ["se", "es"],
  ],
};
