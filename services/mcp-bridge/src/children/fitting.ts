import type { Outfit } from "../inject/outfit.ts";

/** What the next process of a session, or of a person, is fitted out with. It only ever becomes newer. */
export class Fitting {
  #outfit: Outfit | undefined;
  #changed: () => void = () => undefined;

  constructor(outfit: Outfit | undefined) {
    this.#outfit = outfit;
  }

  get outfit(): Outfit | undefined {
    return this.#outfit;
  }

  /** Calls back when the process that there is was fitted out with something older. */
  watch(changed: () => void): void {
    this.#changed = changed;
  }

  fit(outfit: Outfit | undefined): void {
    const former = this.#outfit?.generation ?? 0;
    if (outfit === undefined || outfit.generation < former) return;
    this.#outfit = outfit;
    if (outfit.generation > former) this.#changed();
  }
}
