import { formatDuration } from "./duration.ts";
import type { Texts } from "./texts.ts";

const startAgain = "Go back to the app and start the sign-in again.";

export const englishTexts: Texts = {
  consent: {
    title: "Allow access",
    heading: (serverName) => `Allow access to ${serverName}?`,
    lead: "An app wants to use this MCP server in your name.",
    app: "App",
    unverified: "Unverified",
    unverifiedNote: "The app chose this name itself. Anyone can choose any name.",
    nameless: "No name given",
    describedBy: "App details from",
    returnsTo: "Sends you back to",
    server: "Server",
    scopesHeading: "The app will be able to",
    scopes: {
      "mcp-access": "use the tools, files and prompts of this server in your name",
      offline_access: "stay connected when you are away",
    },
    untick: "Untick what it should not get.",
    newScope: "New",
    allowedBefore: "You allowed this app the same before.",
    asksMore: "You allowed this app before. It asks for more now.",
    lasts: (durationMs) => `Access ends when it is not used for ${formatDuration(durationMs, "en")}.`,
    localApp: "This goes to an app on your own device",
    localAppNote: "Any program on it could be asking. Allow it only if you started this sign-in yourself, just now.",
    deny: "Deny",
    approve: "Allow",
  },
  signIn: {
    title: "Sign in",
    heading: "Sign in",
    lead: (serverName) => `You are signing in to ${serverName}.`,
    password: "Password",
    submit: "Sign in",
    wrongPassword: "That password is not right. Try again.",
    emptyPassword: "Enter the password.",
    locked: "Too many wrong passwords",
    unlocks: (inMs, atUtc) => `Sign-in is locked. Try again in ${formatDuration(inMs, "en")} (after ${atUtc} UTC).`,
  },
  returning: {
    approvedTitle: "You are signed in",
    deniedTitle: "Access denied",
    approved: "Taking you back to the app.",
    denied: "The app gets no access. Taking you back to it.",
    goesTo: "Going to",
    continue: "Continue to the app",
    stuck: "If nothing happens, use the button.",
    stuckApp: "If the app does not open by itself, use the button. You can close this page afterwards.",
  },
  landing: {
    title: (serverName) => `${serverName} is an MCP server`,
    lead: "This address is for MCP clients such as Claude, Cursor or VS Code, not for a browser. Add it to your client, and sign in when it asks you to.",
    address: "Address",
    note: "The client opens the sign-in page by itself.",
    others: "Clients without remote servers",
  },
  problems: {
    "unknown-client": {
      title: "This app is not known here",
      happened: "Its registration has expired, or was made somewhere else.",
      todo: "In the app, remove this server and add it again.",
    },
    "client-document": {
      title: "This app could not be checked",
      happened: "The page in which the app describes itself can not be read, or breaks a rule. For your safety, the sign-in stops here.",
      todo: "Wait a minute, then start again in the app. If this page comes back, report it to the maker of the app.",
    },
    "redirect-mismatch": {
      title: "The return address does not match",
      happened: "The app asked to send you to an address that it did not register. For your safety, you are not sent there.",
      todo: "Go back to the app and start again. If this page comes back, report it to the maker of the app.",
    },
    "bad-request": {
      title: "This link does not work",
      happened: "The request is incomplete or was changed on the way.",
      todo: startAgain,
    },
    expired: {
      title: "This sign-in has expired",
      happened: "It was open for too long, or has been used already.",
      todo: startAgain,
    },
    "other-browser": {
      title: "This sign-in was started elsewhere",
      happened: "It belongs to another browser or window, or cookies are blocked.",
      todo: "Allow cookies for this site, then go back to the app and start again.",
    },
    "too-many": {
      title: "Too many attempts",
      happened: "More requests came in than are answered in a short time.",
      todo: "Wait a few minutes, then try again.",
    },
    "not-found": {
      title: "There is nothing here",
      happened: "This address does not exist.",
      todo: "Check the address for a typing mistake.",
    },
    unavailable: {
      title: "Not available right now",
      happened: "A part of the gateway does not answer.",
      todo: "Try again in a minute. If it stays like this, tell the person who runs this server.",
    },
    internal: {
      title: "Something went wrong",
      happened: "This is a fault of the gateway, not yours.",
      todo: "Try again. If it happens again, tell the person who runs this server, with the reference below.",
    },
  },
  reference: "Reference",
};
