/** Places for requests under way, in all and to one host. */
export interface Slots {
  /** Takes a place, and says how to give it back; undefined when there is none. Giving it back twice is safe. */
  take(host: string): (() => void) | undefined;
}

export const createSlots = (limits: { readonly atOnce: number; readonly perHost: number }): Slots => {
  const perHost = new Map<string, number>();
  let taken = 0;
  return {
    take: (host) => {
      const ofHost = perHost.get(host) ?? 0;
      if (taken >= limits.atOnce || ofHost >= limits.perHost) return undefined;
      taken += 1;
      perHost.set(host, ofHost + 1);
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        taken -= 1;
        const left = (perHost.get(host) ?? 1) - 1;
        if (left === 0) perHost.delete(host);
        else perHost.set(host, left);
      };
    },
  };
};
