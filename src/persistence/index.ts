export { StateSealer, type SealedName } from "./state-sealer.js";
