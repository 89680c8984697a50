/** Every span name, in one place, so that dashboards and code can not drift apart. Few values: no ids, no users. */
export const spanNames = {
  busAsk: (subject: string): string => `${subject} ask`,
  busServe: (subject: string): string => `${subject} serve`,
  busAnnounce: (subject: string): string => `${subject} announce`,
  busHear: (subject: string): string => `${subject} hear`,
  busFollow: (subject: string): string => `${subject} follow`,
} as const;

/** Attribute names of spans and labels of metrics. */
export const attributeNames = {
  subject: "messaging.destination.name",
} as const;
