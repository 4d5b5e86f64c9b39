/**
 * What a user of the library needs for tests: a connected pair of sessions, a clock that stands still, a path with faults, and the
 * contracts that stores and transports must keep.
 */
export {
  connectedPair,
  type ConnectedPair,
  type ConnectedPairOptions,
  type PairEnd,
} from "./connected-pair.js";
export { FakeClock } from "./fake-clock.js";
export {
  faultyConnection,
  type FaultName,
  type FaultOptions,
  type FaultyConnection,
} from "./faulty-connection.js";
export {
  FaultyStore,
  type FaultyStoreOptions,
  type StoreFault,
  type StoreFaultPlan,
} from "./faulty-store.js";
export { SeededRandom } from "./seeded-random.js";
export * from "./contract/index.js";
