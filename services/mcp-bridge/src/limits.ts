/** Every bound of the bridge in one table. Sizes in bytes, times in milliseconds. */
export interface BridgeLimits {
  /** A POST body; larger is 413. */
  readonly bodyBytes: number;
  /** How long a body may take to arrive. */
  readonly bodyMs: number;
  /** One line of a child's stdout; a longer one ends the child. */
  readonly lineBytes: number;
  /** What may wait for a child that does not read its stdin. */
  readonly stdinBytes: number;
  /** Sessions of one person, and of everyone on this process. */
  readonly sessionsPerSubject: number;
  readonly sessions: number;
  /** A session without a request under way or an open stream ends after this. */
  readonly sessionIdleMs: number;
  /** At the cap, a session of the same person that was idle for this long makes room. */
  readonly sessionYieldMs: number;
  /** Requests under way in one session. */
  readonly requestsPerSession: number;
  /** How long a child may take to answer `initialize`: it may have to be downloaded first. */
  readonly initializeMs: number;
  /** How long a request may go without an answer or progress, and how long in all. */
  readonly requestMs: number;
  readonly requestMaxMs: number;
  /** Questions of a server that the client of one session has not answered. */
  readonly questionsPerSession: number;
  /** Messages of one batch (2025-03-26). */
  readonly batchMessages: number;
  /** Messages, and their bytes, that wait for a client without an open stream. */
  readonly queuedMessages: number;
  readonly queuedBytes: number;
  /** Events kept of one session, their bytes, and for how long, for a client that lost a stream. */
  readonly replayEvents: number;
  readonly replayBytes: number;
  readonly replayMs: number;
  /** After which a client that lost a stream should come back. */
  readonly reconnectMs: number;
  /** A response becomes an event stream when the server has said nothing for this long. */
  readonly streamAfterMs: number;
  /** Comments on open streams, so that proxies keep them. */
  readonly keepAliveMs: number;
  /** A stream whose client takes nothing for this long is cut. */
  readonly stallMs: number;
  /** Processes of one person, and of everyone. Those that are ending count: churn must not grow past the cap. */
  readonly childrenPerSubject: number;
  readonly children: number;
  /**
   * What waits for one session of a shared child before the child is held up, and for how long in all a person may hold
   * it up while others need it: then the session ends. A tenth of the time in which nobody is held up is given back.
   */
  readonly seatBytes: number;
  readonly seatStallMs: number;
  /** Resources that one session of a shared child may be subscribed to, and the bytes of their URIs. */
  readonly subscriptionsPerSession: number;
  readonly subscriptionBytes: number;
  /** A shared child that no session needs for this long ends. */
  readonly sharedIdleMs: number;
  /** A child of a stateless server that was not needed for this long ends; its session does not. */
  readonly hibernateMs: number;
  /** Before a child that ended twice in a row is started again, and at most; one that held out for `steadyMs` has a clean slate. */
  readonly respawnMs: number;
  readonly respawnMostMs: number;
  readonly steadyMs: number;
  /** Settings of a session (log level, subscriptions) that a new child is told, and their bytes; with more it can not take over. */
  readonly rehearsedSettings: number;
  readonly rehearsedBytes: number;
  /** How long /readyz tells about a server that did not come up. */
  readonly failureToldMs: number;
  /** Between closing a child's stdin, SIGTERM and SIGKILL. */
  readonly childGraceMs: number;
  /** Lines of a child's stderr that reach the log per second. */
  readonly stderrLinesPerSecond: number;
  /** How often what is due is looked for. */
  readonly sweepMs: number;
  /** Processes at a time that are only asked which era their server speaks. */
  readonly eraProbes: number;
  /** A server that leaves `server/discover` unanswered for this long is also asked with `initialize`. */
  readonly eraSilenceMs: number;
  /** How long an answer about the era counts, and how long silence or an exit does. */
  readonly eraKeptMs: number;
  readonly eraGuessKeptMs: number;
  /** Subscriptions (`subscriptions/listen`) open at one child. */
  readonly subscriptionsPerChild: number;
  /** A child that serves stateless requests and has had none for this long ends. */
  readonly modernIdleMs: number;
  /** Bytes of large bodies that are kept at one child until it is known whether their requests go on for another round. */
  readonly keptBodyBytes: number;
  /** How long a `requestState` can be answered; people take their time. */
  readonly requestStateMs: number;
  /** Tools in one answer to `tools/list`, and their bytes, that are looked at; where a rule applies, a larger one is an error. */
  readonly listedTools: number;
  readonly listedToolsBytes: number;
  /** How long the tools that a child listed to the gateway count, and how long it may take to list them. */
  readonly toolListMs: number;
  readonly toolListAnswerMs: number;
  /** Leases of people's tokens kept in memory, and for how long at most. */
  readonly leases: number;
  readonly leaseMs: number;
  /** How long the vault's public key counts, and how long somebody waits for their token to be refreshed. */
  readonly sealingKeyMs: number;
  readonly refreshMs: number;
  /** Requests under way at one server behind an address, its open streams included. */
  readonly exchanges: number;
  /** How long such a server may take to be connected to. */
  readonly connectMs: number;
  /** An answer that has to be looked at before it goes on, and one event of a stream that has. */
  readonly answerBytes: number;
  /** Verified access tokens kept in memory. */
  readonly verifiedTokens: number;
  /** A revocation feed that was last known to be complete longer ago than this refuses every request. */
  readonly feedMs: number;
}

const mebibyte = 1024 * 1024;

export const defaultBridgeLimits: BridgeLimits = {
  bodyBytes: 4 * mebibyte,
  bodyMs: 30_000,
  lineBytes: 16 * mebibyte,
  stdinBytes: 16 * mebibyte,
  sessionsPerSubject: 32,
  sessions: 500,
  sessionIdleMs: 30 * 60_000,
  sessionYieldMs: 60_000,
  requestsPerSession: 256,
  initializeMs: 180_000,
  requestMs: 10 * 60_000,
  requestMaxMs: 60 * 60_000,
  questionsPerSession: 256,
  batchMessages: 64,
  queuedMessages: 256,
  queuedBytes: mebibyte,
  replayEvents: 256,
  replayBytes: mebibyte,
  replayMs: 5 * 60_000,
  reconnectMs: 1_000,
  streamAfterMs: 1_000,
  keepAliveMs: 15_000,
  stallMs: 60_000,
  childrenPerSubject: 48,
  children: 500,
  seatBytes: 4 * mebibyte,
  seatStallMs: 5_000,
  subscriptionsPerSession: 256,
  subscriptionBytes: mebibyte / 4,
  sharedIdleMs: 5 * 60_000,
  hibernateMs: 60_000,
  respawnMs: 1_000,
  respawnMostMs: 60_000,
  steadyMs: 60_000,
  rehearsedSettings: 256,
  rehearsedBytes: mebibyte,
  failureToldMs: 60_000,
  childGraceMs: 2_000,
  stderrLinesPerSecond: 50,
  sweepMs: 1_000,
  eraProbes: 4,
  eraSilenceMs: 5_000,
  eraKeptMs: 60 * 60_000,
  eraGuessKeptMs: 60_000,
  subscriptionsPerChild: 32,
  modernIdleMs: 5 * 60_000,
  keptBodyBytes: 4 * mebibyte,
  requestStateMs: 60 * 60_000,
  listedTools: 2_000,
  listedToolsBytes: mebibyte,
  toolListMs: 60_000,
  toolListAnswerMs: 30_000,
  leases: 10_000,
  leaseMs: 60_000,
  sealingKeyMs: 5 * 60_000,
  refreshMs: 5_000,
  exchanges: 2_000,
  connectMs: 10_000,
  answerBytes: 16 * mebibyte,
  verifiedTokens: 10_000,
  feedMs: 30_000,
};
