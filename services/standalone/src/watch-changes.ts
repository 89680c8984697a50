export interface Watch {
  /** Twice is safe. */
  stop(): void;
}

export interface WatchedSource<Found> {
  readonly read: () => Promise<Found>;
  /** The same for what is the same. */
  readonly nameOf: (found: Found) => string;
  /** The name of what is in use. */
  readonly current: string;
  /** Is told of each change once. */
  readonly handle: (found: Found) => void | Promise<void>;
  readonly failed: (error: unknown) => void;
  /** Between two looks. */
  readonly everyMs: number;
}

/**
 * Looks at a source again and again: notifications of the file system miss links that are turned, network file systems
 * and mounted secrets. A change counts when two looks agree, because what is written may not be written whole yet.
 */
export const watchChanges = <Found>({ read, nameOf, current, handle, failed, everyMs }: WatchedSource<Found>): Watch => {
  let handled = current;
  let seen = current;
  let stopped = false;

  const look = async (): Promise<void> => {
    const found = await read();
    const name = nameOf(found);
    const agreed = name === seen && name !== handled;
    seen = name;
    if (!agreed || stopped) return;
    handled = name;
    await handle(found);
  };

  let timer: NodeJS.Timeout | undefined;
  const lookLater = (): void => {
    timer = setTimeout(() => {
      void look()
        .catch(failed)
        .finally(() => stopped || lookLater());
    }, everyMs);
    timer.unref();
  };
  lookLater();
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
};
