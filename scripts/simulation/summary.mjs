// What many runs came to, for people.

const number = value => value.toLocaleString("en-GB");

function addAll(into, counts) {
  for (const [name, count] of Object.entries(counts ?? {})) into[name] = (into[name] ?? 0) + count;
}

/** Adds up reports. */
export class Summary {
  #totals = {
    messages: 0,
    durable: 0,
    seals: 0,
    links: 0,
    established: 0,
    resumptions: 0,
    renewals: 0,
    generations: 0,
    rotations: 0,
    refused: 0,
  };
  #faults = {};
  #ended = {};
  #hours = 0;
  #fewest;
  passed = 0;
  failures = [];

  add(report) {
    if (report.failure === undefined) this.passed++;
    else this.failures.push(report);
    for (const name of Object.keys(this.#totals)) this.#totals[name] += report[name] ?? 0;
    addAll(this.#faults, report.faults);
    addAll(this.#ended, report.ended);
    if (report.failure !== undefined) return;
    this.#hours += report.hours;
    const rate = report.messages / report.hours;
    if (this.#fewest === undefined || rate < this.#fewest.rate) this.#fewest = { rate, seed: report.seed };
  }

  print(write) {
    const {
      messages,
      durable,
      seals,
      links,
      established,
      resumptions,
      renewals,
      generations,
      rotations,
      refused,
    } = this.#totals;
    const line = (name, value) => write(`  ${name.padEnd(26)}${value}\n`);
    write(`\nOver ${number(this.#hours)} simulated hours:\n`);
    line("messages delivered", number(messages));
    if (this.#fewest !== undefined)
      line(
        "fewest in an hour",
        `${number(Math.floor(this.#fewest.rate))} on average (seed ${this.#fewest.seed})`,
      );
    line("durable messages", number(durable));
    line("seals compared", number(seals));
    line("connections", number(links));
    line("sessions established", number(established));
    line("of them resumed", number(resumptions));
    line("renewals", number(renewals));
    line("generations", number(generations));
    line("rotations", number(rotations));
    line("kinds of refusal told", number(refused));
    write("Sessions ended:\n");
    for (const [kind, count] of Object.entries(this.#ended)) line(kind, number(count));
    write("Faults:\n");
    for (const [kind, count] of Object.entries(this.#faults).sort((a, b) => b[1] - a[1]))
      line(kind, number(count));
  }
}
