import { template } from "./template.ts";
import type { PageForm } from "./models.ts";

const html = template<{ readonly fields: readonly (readonly [string, string])[] }>(`<% for (const [name, value] of it.fields) { %>
<input type="hidden" name="<%= name %>" value="<%= value %>">
<% } %>`);

/** What a form carries along unseen. */
export const renderHiddenFields = (form: PageForm): string => html({ fields: Object.entries(form.hidden) });
