export type { Clock, Instant } from "./clock.js";
export type { Connection, ConnectionEvents, Connector, Listener } from "./connection.js";
export type { ExpectedVersion, Store, StoredEntry, StoredValue, StoreWrite, WriteOptions } from "./store.js";
export type { Diagnostics, DiagnosticsChannel, Logger, TraceScope } from "./telemetry.js";
