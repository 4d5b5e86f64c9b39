// Reads one vector, in the JSON forms of cacophony and of noise-c, into one form. What is missing or malformed throws Error.

/** The fields of ours that others do not have: what a party's KEM operations draw. */
const sideFields = ["prologue", "static", "ephemeral", "remote_static", "kem_seed", "kem_randomness"];

/** The name under which a vector is reported, whatever it lacks. */
export function nameOf(raw) {
  for (const field of ["protocol_name", "name"]) if (typeof raw?.[field] === "string") return raw[field];
  return "(vector without a name)";
}

/** Whether the vector is of the framework before revision 32, which mixed pre-shared keys in another way. */
export function isBeforeRevision32(raw) {
  return protocolNameOf(raw).startsWith("NoisePSK_");
}

export function readVector(raw) {
  const protocolName = protocolNameOf(raw);
  return {
    protocolName,
    ...(raw.fallback === true && fallbackNames(raw, protocolName)),
    init: readSide(raw, "init"),
    resp: readSide(raw, "resp"),
    messages: readMessages(raw.messages),
    handshakeHash: readHex(raw, "handshake_hash"),
    expectsFailure: raw.fail === true,
  };
}

/** `name` may be any text where the algorithms are fields of their own. */
function protocolNameOf(raw) {
  if (typeof raw !== "object" || raw === null) throw new Error("the vector is not an object");
  for (const field of ["protocol_name", "name"]) {
    if (typeof raw[field] === "string" && /^Noise(PSK)?_/.test(raw[field])) return raw[field];
  }
  const { pattern, dh, hybrid, cipher, hash } = raw;
  if (![pattern, dh, cipher, hash].every(part => typeof part === "string"))
    throw new Error("it names no protocol");
  const prefix = raw.init_psk !== undefined && !pattern.includes("psk") ? "NoisePSK" : "Noise";
  return [prefix, pattern, hybrid === undefined ? dh : `${dh}+${hybrid}`, cipher, hash].join("_");
}

/** The protocol of the first message, which the responder fails to read, and the one that both go on with. */
function fallbackNames(raw, protocolName) {
  const [prefix, named, ...algorithms] = protocolName.split("_");
  const isFallback = named?.includes("fallback") === true;
  const attempted = typeof raw.pattern === "string" ? raw.pattern : isFallback ? "IK" : named;
  const target =
    typeof raw.fallback_pattern === "string" ? raw.fallback_pattern : isFallback ? named : "XXfallback";
  return {
    protocolName: [prefix, attempted, ...algorithms].join("_"),
    fallbackName: [prefix, target, ...algorithms].join("_"),
  };
}

function readSide(raw, side) {
  const [prologue, s, ephemeral, remoteStatic, kemSeed, kemRandomness] = sideFields.map(field =>
    readHex(raw, `${side}_${field}`),
  );
  const drawn = [ephemeral, kemSeed, kemRandomness].filter(bytes => bytes !== undefined);
  return { prologue: prologue ?? new Uint8Array(0), s, remoteStatic, drawn, psks: readPsks(raw, side) };
}

/** A function from the number of psk tokens to the keys: one key for all of them (noise-c), or a list (cacophony). */
function readPsks(raw, side) {
  const shared = readHex(raw, `${side}_psk`);
  if (shared !== undefined) return count => Array.from({ length: count }, () => shared);
  const list = raw[`${side}_psks`] ?? [];
  if (!Array.isArray(list)) throw new Error(`${side}_psks is not a list`);
  const psks = list.map(text => fromHexText(text, `${side}_psks`));
  return count => psks.slice(0, count);
}

function readMessages(list) {
  if (!Array.isArray(list) || list.length === 0) throw new Error("it has no messages");
  return list.map((message, i) => {
    const payload = readHex(message, "payload");
    const ciphertext = readHex(message, "ciphertext");
    if (payload === undefined || ciphertext === undefined)
      throw new Error(`message ${i} lacks payload or ciphertext`);
    return { payload, ciphertext };
  });
}

function readHex(object, field) {
  const text = object?.[field];
  return text === undefined || text === null ? undefined : fromHexText(text, field);
}

function fromHexText(text, field) {
  if (typeof text !== "string" || text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) {
    throw new Error(`${field} is not hexadecimal`);
  }
  return Uint8Array.from(text.match(/../g) ?? [], digits => Number.parseInt(digits, 16));
}
