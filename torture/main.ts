import { setTimeout as sleep } from "node:timers/promises";
import { killPoints, type EndConfig } from "./orders.js";
import { agreement, Trial, type EndProcess } from "./run.js";

/** What was asked for, checked by the script. */
interface Settings {
  readonly rounds: number;
  readonly processes: number;
  readonly rollback: boolean;
  readonly persist: EndConfig["persist"];
}

const [file, given] = process.argv.slice(2) as [string, string];
const settings = JSON.parse(given) as Settings;
const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(Math.random() * items.length)]!;
const tally: Record<string, number> = {};

/** Kills one process, at a point in its turn or at any time, and starts it again. The result says how. */
async function strike(trial: Trial, ends: Record<"a" | "b", EndProcess[]>, round: number): Promise<string> {
  const end = pick(["a", "b"] as const);
  const index = Math.floor(Math.random() * ends[end].length);
  const victim = ends[end][index]!;
  let how = "at any time";
  if (round % 3 === 0) {
    await sleep(Math.random() * 150);
  } else {
    how = killPoints[Math.floor(round / 3) % killPoints.length]!;
    victim.tell({
      do: "die",
      at: how as (typeof killPoints)[number],
      after: 1 + Math.floor(Math.random() * 40),
    });
    await Promise.race([victim.exited, sleep(2_000)]);
  }
  await victim.kill();
  ends[end][index] = trial.start(end);
  await ends[end][index].ready;
  return how;
}

/** Puts the store of `a` back to what it was before, or starts two processes on copies of it. */
async function rollBack(trial: Trial, ends: Record<"a" | "b", EndProcess[]>, round: number): Promise<string> {
  const stop = async (): Promise<void> => void (await Promise.all(ends.a.map(one => one.kill())));
  const saved = trial.storeOf("a", "-saved");
  await sleep(Math.random() * 100);
  await stop();
  trial.copyStore(trial.storeOf("a"), saved);
  ends.a = [trial.start("a")];
  await ends.a[0]!.ready;
  talk(ends);
  await sleep(50 + Math.random() * 100);
  await stop();
  trial.copyStore(saved, trial.storeOf("a"));
  if (round % 2 === 0) {
    ends.a = [trial.start("a")];
    await ends.a[0]!.ready;
    return "rolled back";
  }
  const clone = trial.storeOf("a", "-clone");
  trial.copyStore(saved, clone);
  const twins = [trial.start("a"), trial.start("a", clone)];
  await Promise.all(twins.map(twin => twin.ready));
  for (const twin of twins) twin.tell({ do: "talk" });
  await sleep(100 + Math.random() * 200);
  await twins[1]!.kill();
  ends.a = [twins[0]!];
  return "two clones";
}

function talk(ends: Record<"a" | "b", EndProcess[]>): void {
  for (const one of [...ends.a, ...ends.b]) one.tell({ do: "talk" });
}

/** One round on a trial that goes on: the result says what is wrong, if anything. */
async function runRound(
  trial: Trial,
  ends: Record<"a" | "b", EndProcess[]>,
  round: number,
): Promise<string | undefined> {
  talk(ends);
  await sleep(20 + Math.random() * 60);
  const how = await (settings.rollback ? rollBack : strike)(trial, ends, round);
  tally[how] = (tally[how] ?? 0) + 1;
  talk(ends);
  await sleep(20 + Math.random() * 60);
  for (const one of [...ends.a, ...ends.b]) one.tell({ do: "rest" });
  // A rolled-back end cannot send again what it has forgotten: that is told, and nothing comes twice.
  const problem = await agreement(
    ends.a,
    ends.b,
    ({ last, number }, { alarms }) => settings.rollback && number > last && (alarms["lost"] ?? 0) > 0,
  );
  trial.seals.read();
  if (trial.seals.repeats > 0) return `${trial.seals.repeats} (key, nonce) pairs were used twice`;
  return problem;
}

async function begin(): Promise<{ trial: Trial; ends: Record<"a" | "b", EndProcess[]> }> {
  const trial = await Trial.begin(file, settings.persist);
  const ends = {
    a: Array.from({ length: settings.processes }, () => trial.start("a")),
    b: [trial.start("b")],
  };
  await Promise.all([...ends.a, ...ends.b].map(one => one.ready));
  return { trial, ends };
}

let [passed, failed, messages, seals, repeats] = [0, 0, 0, 0, 0];
let { trial, ends } = await begin();

async function finish(): Promise<void> {
  const count = await ends.b[0]?.count();
  for (const got of Object.values(count?.got ?? {})) messages += got;
  for (const sent of Object.values(count?.sent ?? {})) messages += sent;
  for (const [name, times] of Object.entries(count?.alarms ?? {}))
    tally[`told: ${name}`] = (tally[`told: ${name}`] ?? 0) + times;
  seals += trial.seals.seals;
  repeats += trial.seals.repeats;
  await Promise.all([...ends.a, ...ends.b].map(one => one.kill()));
  trial.end();
}

for (let round = 1; round <= settings.rounds; round++) {
  let problem: string | undefined;
  try {
    problem = await runRound(trial, ends, round);
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  if (problem === undefined) {
    passed++;
  } else {
    failed++;
    process.stdout.write(`round ${round}: ${problem}\n`);
    const all = [...ends.a, ...ends.b];
    for (const count of await Promise.all(all.map(one => one.count())))
      for (const line of count?.told ?? []) process.stdout.write(`  ${count!.life}: ${line}\n`);
    await finish();
    ({ trial, ends } = await begin());
  }
  if (round % 25 === 0) process.stderr.write(`${round} of ${settings.rounds} rounds, ${failed} failed\n`);
}
await finish();
for (const [how, times] of Object.entries(tally).sort()) process.stdout.write(`${how}: ${times}\n`);
process.stdout.write(
  `${messages} messages delivered, ${seals} seals, ${repeats} of a (key, nonce) pair that had sealed something else\n`,
);
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
