export { ContractFailure, type ContractCase } from "./check.js";
export { connectionContract, type ConnectionPair, type PairMaker } from "./connection-contract.js";
export { endpointContract, type Endpoint } from "./endpoint-contract.js";
export { storeContract, type StoreFixture } from "./store-contract.js";
