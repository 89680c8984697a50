import type { Seat } from "./seat.ts";

/**
 * Who a shared process is speaking about when it does not say so. What it says may be late: about a call that was
 * answered or cancelled long ago, by somebody who is gone; and a process that takes the place of another is told what
 * people have subscribed to. So among several people it is certain only as long as one of them alone was worked for;
 * of one person's own sessions it is the one that waits.
 */
export class Attribution {
  readonly #onePerson: boolean;
  readonly #people = new Set<string>();

  constructor(onePerson: boolean) {
    this.#onePerson = onePerson;
  }

  /** The process has been told something by this person. */
  worksFor({ person }: Seat): void {
    if (!this.#onePerson && this.#people.size < 2) this.#people.add(person);
  }

  /** The one session that it must be about; undefined where it may be about several. */
  cause(seats: ReadonlySet<Seat>, waiting: ReadonlySet<Seat>): Seat | undefined {
    if (this.#people.size > 1) return undefined;
    const [person] = this.#people;
    const candidates = waiting.size > 0 ? waiting : seats;
    const [only, ...others] = [...candidates].filter((seat) => person === undefined || seat.person === person);
    return others.length === 0 ? only : undefined;
  }
}
