// Node 20 lacks Promise.withResolvers, which libp2p uses: this is what ECMAScript 2024 says of it.
const missing = Promise as unknown as { withResolvers?: () => unknown };

missing.withResolvers ??= () => {
  let settle: readonly unknown[] = [];
  const promise = new Promise((resolve, reject) => (settle = [resolve, reject]));
  const [resolve, reject] = settle;
  return { promise, resolve, reject };
};
