import type { ServedServers } from "./servers.ts";

type Served = ServedServers["served"];

/** The servers of the moment: for parts that are told of them once, and look whenever it counts. */
export class LiveServers {
  #served: Served;

  constructor(served: Served) {
    this.#served = served;
  }

  get served(): Served {
    return this.#served;
  }

  replace(served: Served): void {
    this.#served = served;
  }

  /** What `make` says of them, made anew when they are others. */
  view<View>(make: (served: Served) => View): () => View {
    let made = { of: this.#served, view: make(this.#served) };
    return () => {
      if (made.of !== this.#served) made = { of: this.#served, view: make(this.#served) };
      return made.view;
    };
  }
}
