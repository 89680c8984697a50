/** Who has an account, by login. A test may change them while the provider runs. */
export class People<Person extends { readonly login: string }> {
  readonly #byLogin = new Map<string, Person>();
  /** Whom the sign-in page takes without asking, as a browser that is signed in already does; undefined: the page asks. */
  signedIn: string | undefined;

  constructor(people: readonly Person[]) {
    for (const person of people) this.#byLogin.set(person.login, person);
  }

  all(): readonly Person[] {
    return [...this.#byLogin.values()];
  }

  find(login: string | undefined): Person | undefined {
    return login === undefined ? undefined : this.#byLogin.get(login);
  }

  remove(login: string): void {
    this.#byLogin.delete(login);
  }

  /** Puts `change` over what is known of a person, a new one if need be. */
  change(login: string, change: (person: Person | undefined) => Person): void {
    this.#byLogin.set(login, change(this.#byLogin.get(login)));
  }
}
