import { failureFacts, failureLine, oneLine } from "./failure.js";

type Fact = string | number | boolean | undefined | object;

/** Tells what happens: to a person on standard error, or to a program on standard output, one JSON object a line. */
export class Reporter {
  readonly json: boolean;
  /** Called before a line appears on standard error: a progress bar makes room. */
  onLine: () => void = () => undefined;

  constructor(json: boolean) {
    this.json = json;
  }

  /** `text` for the person; `facts` for the program, after `event`. */
  tell(event: string, facts: Readonly<Record<string, Fact>>, text: string): void {
    if (this.json) this.print({ event, ...facts });
    else this.line(text);
  }

  /** A line for the person alone, whatever a program reads. */
  line(text: string): void {
    this.onLine();
    process.stderr.write(`bowline: ${oneLine(text)}\n`);
  }

  /** An object for the program alone. */
  print(value: object): void {
    process.stdout.write(`${JSON.stringify(value)}\n`);
  }

  /** An error that the command goes on after. */
  warn(error: unknown): void {
    const { code, message } = failureFacts(error);
    this.tell("warning", { code, message }, message);
  }

  /** The error that the command ends with: always a line on standard error. Returns the exit code. */
  fail(error: unknown): number {
    const { code, message, exitCode } = failureFacts(error);
    this.onLine();
    process.stderr.write(failureLine(error));
    if (this.json) this.print({ event: "error", code, message, exitCode });
    return exitCode;
  }
}
