import { template } from "./template.ts";

const html = template<{ readonly parts: readonly string[] }>(
  `<span class="host" dir="ltr" translate="no"><% for (const part of it.parts) { %><%= part %><wbr><% } %></span>`,
);

/** An address, breaking after its dots and slashes: a host torn in the middle of a name hides whose it is. */
export const renderHost = (address: string): string => html({ parts: address.split(/(?<=[./])/) });
