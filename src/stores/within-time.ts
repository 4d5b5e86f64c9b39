import { SessionError } from "../errors/index.js";

/**
 * Waits for what is under way at most so many milliseconds.
 *
 * @throws store-timeout
 */
export async function withinTime<Result>(
  promise: Promise<Result>,
  milliseconds: number,
  store: string,
): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const remedy = "it may take place yet: read again what was to be written, then decide.";
      reject(new SessionError("store-timeout", `The store ${store} took over ${milliseconds} ms: ${remedy}`));
    }, milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** @throws invalid-argument unless it is 1 ms to 2^31 - 1 ms */
export function checkTimeout(timeout: number): void {
  if (!(timeout >= 1 && timeout <= 2_147_483_647))
    throw new SessionError("invalid-argument", `A time-out is 1 ms to 2^31 - 1 ms, not ${timeout}.`);
}
