import { World } from "./world.js";

process.on("disconnect", () => process.exit());

/** Runs what the parent process asks for, one seed after another. */
process.on("message", ({ seed, hours }: { readonly seed: number; readonly hours: number }) => {
  new World(seed, hours).run().then(
    report => process.send?.(report),
    (error: unknown) =>
      process.send?.({ seed, hours, crashed: error instanceof Error ? error.stack : String(error) }),
  );
});
