/** What `work` throws, or what it answers where it throws nothing: never equal to the error that a rule asks for. */
export const thrown = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};
