const dist = new URL("../../dist/", import.meta.url);

/** The parts of the built library that the examples are made with, also those that it does not export. */
export async function loadLibrary() {
  return assemble(path => import(new URL(path, dist).href));
}

/** The parts, each from the module that `load` gives for its path within the library. */
export async function assemble(load) {
  const [
    bytes,
    noise,
    batch,
    frame,
    session,
    suites,
    keySchedule,
    limits,
    secret,
    resumption,
    framing,
    ...rest
  ] = await Promise.all(
    [
      "bytes/index.js",
      "noise/index.js",
      "record/batch.js",
      "record/frame.js",
      "session/session-machine.js",
      "session/suites.js",
      "session/key-schedule.js",
      "session/limits.js",
      "session/resumption-secret.js",
      "session/resumption-frame.js",
      "attach/index.js",
      "manager/identity.js",
      "manager/session-record.js",
      "persistence/state-sealer.js",
      "identity-file-format.js",
      "crypto/node-provider.js",
    ].map(load),
  );
  const [identity, sessionRecord, stateSealer, identityFile, provider] = rest;
  return {
    ...bytes,
    HandshakeState: noise.HandshakeState,
    encodeBatch: batch.encodeBatch,
    FrameAssociatedData: frame.FrameAssociatedData,
    SessionMachine: session.SessionMachine,
    ...suites,
    keySchedule,
    ...limits,
    ...secret,
    ...resumption,
    encodeFrame: framing.encodeFrame,
    Identity: identity.Identity,
    ...sessionRecord,
    StateSealer: stateSealer.StateSealer,
    encodeIdentityFile: identityFile.encodeIdentityFile,
    provider: provider.nodeProvider,
  };
}
