/** Signals every process of a group (its id is its first process's); says whether there was one to signal. */
export const signalGroup = (groupId: number, signal: NodeJS.Signals | 0): boolean => {
  try {
    return process.kill(-groupId, signal);
  } catch (cause) {
    // ESRCH: nobody is left. EPERM: someone is, under another user, and was not signalled.
    return cause instanceof Error && "code" in cause && cause.code === "EPERM";
  }
};

/** Resolves true when the group has no process left, false when it still has one after `withinMs`. */
export const groupGone = async (groupId: number, withinMs: number): Promise<boolean> => {
  const everyMs = 20;
  for (let waitedMs = 0; waitedMs <= withinMs; waitedMs += everyMs) {
    if (!signalGroup(groupId, 0)) return true;
    // Grandchildren are not ours: no event tells when they end.
    await new Promise<void>((resolve) => {
      setTimeout(resolve, everyMs);
    });
  }
  return !signalGroup(groupId, 0);
};
