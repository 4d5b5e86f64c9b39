import { describe, expect, it } from "vitest";
import { MessageIterator } from "../../src/manager/message-iterator.js";
import { Message } from "../../src/manager/message.js";

const over = { done: true, value: undefined };

/** An iterator over what each call of `receive` gives, one after another. */
function iteratorOver(...results: (Message | Error | undefined)[]) {
  const asked = { times: 0 };
  const receive = (): Promise<Message | undefined> => {
    const result = results[asked.times++];
    return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
  };
  return { asked, iterator: new MessageIterator({ receive }) };
}

describe("the messages of a session, one by one", () => {
  const [one, two] = [new Message(Uint8Array.of(1)), new Message(Uint8Array.of(2))];

  it("come in order till there are no more, and then nobody is asked", async () => {
    const { asked, iterator } = iteratorOver(one, two, undefined, one);
    const read = [];
    for await (const message of iterator) read.push(message);
    expect(read).toEqual([one, two]);
    expect(await iterator.next()).toEqual(over);
    expect(asked.times).toBe(3);
  });

  it("are left where a loop is left: the next one stays with the session", async () => {
    const { asked, iterator } = iteratorOver(one, two);
    for await (const message of iterator) {
      expect(message).toBe(one);
      break;
    }
    expect(await iterator.next()).toEqual(over);
    expect(asked.times).toBe(1);
  });

  it("end with an error once", async () => {
    const { asked, iterator } = iteratorOver(new Error("over"), one);
    await expect(iterator.next()).rejects.toThrow("over");
    expect(await iterator.next()).toEqual(over);
    expect(asked.times).toBe(1);
  });
});
