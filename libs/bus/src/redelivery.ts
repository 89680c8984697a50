/** Milliseconds until a refused message comes again: 50, 100, 200 … at most 5,000. The same in every adapter. */
export const redeliveryDelayMs = (deliveries: number): number => Math.min(50 * 2 ** Math.max(0, deliveries - 1), 5_000);

export const defaultAckWaitMs = 30_000;
export const defaultMaxDeliver = 5;
/** How long a message id is remembered: a repeat within it is stored once. */
export const dedupeWindowMs = 120_000;
