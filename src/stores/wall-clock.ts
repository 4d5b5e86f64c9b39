/** The platform's wall clock, in milliseconds since 1970: what expiry is measured by where a store is given no other. */
export const wallClock = (): number => Date.now();
