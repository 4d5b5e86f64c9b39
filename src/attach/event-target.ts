/** What the platform's things that tell events have in common. */
export interface EventTargetLike {
  addEventListener(type: string, listener: (event: unknown) => void): unknown;
}

/** Calls `listener` for each event of that type. The caller knows what the platform puts into it. */
export function listen<Event>(target: EventTargetLike, type: string, listener: (event: Event) => void): void {
  target.addEventListener(type, event => listener(event as Event));
}
