import { expect, it } from "vitest";
import { usersText } from "../src/operator/users-text.ts";

const user = { subjectId: "s1", login: "owner", firstSeenAt: 0, sessions: 1, grants: 2 };

it("shows a line for each person: login, id, since when, sessions, grants", () => {
  expect(usersText({ users: [user], total: 1 })).toBe("owner  s1  since 1970-01-01T00:00:00.000Z  1 session  2 grants");
});

it("says so when there is nobody, when there are more, and when somebody was erased", () => {
  expect(usersText({ users: [], total: 0 })).toBe("nobody has signed in yet");
  expect(usersText({ users: [user], total: 3 }).split("\n")[1]).toBe("and 2 more");
  const { login: _login, ...erased } = user;
  expect(usersText({ users: [erased], total: 1 })).toContain("(forgotten)  s1");
});

it("lets no login move the terminal", () => {
  const text = usersText({ users: [{ ...user, login: "a\u001b[2J\nb\u009b31m\u202e" }], total: 1 });
  expect(text.startsWith("a?[2J?b?31m?  s1")).toBe(true);
});
