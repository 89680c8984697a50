import { inspect } from "node:util";

const shown = "[secret]";

/**
 * Holds what must not be printed. Text, JSON, `util.inspect`, a structured clone and a spread all show `[secret]`;
 * only `reveal` gives the value. The value lives in a private field because every printer walks properties.
 */
export class Secret<T> {
  /** The one thing that a clone or a spread of a secret carries along. */
  readonly shown = shown;
  readonly #content: T;

  private constructor(content: T) {
    this.#content = content;
    Object.freeze(this);
  }

  static of<T>(content: T): Secret<T> {
    return new Secret(content);
  }

  /** Call it as late as possible, and never into a variable that a log or an error could carry. */
  reveal(): T {
    return this.#content;
  }

  toString(): string {
    return shown;
  }

  toJSON(): string {
    return shown;
  }

  [Symbol.toPrimitive](): string {
    return shown;
  }

  [inspect.custom](): string {
    return shown;
  }
}
