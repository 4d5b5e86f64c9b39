/** The ratio must be at least, or at most, `value`; `aim` is where it should go. */
export const atLeast = (value, aim) => ({ value, aim, most: false });
export const atMost = (value, aim) => ({ value, aim, most: true });
