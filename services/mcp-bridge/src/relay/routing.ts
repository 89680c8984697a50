/** What is the same for everybody who uses a server. */
const forEverybody: ReadonlySet<string> = new Set(["notifications/tools/list_changed", "notifications/prompts/list_changed", "notifications/resources/list_changed"]);

/** What a server says about no request in particular: it belongs on the session's own stream (MCP 2025-11-25, transports). */
const unrelated: ReadonlySet<string> = new Set([...forEverybody, "notifications/resources/updated", "notifications/tasks/status"]);

/**
 * stdio does not say which request a message of the server is about. Everything else, questions above all, comes
 * while a call is under way because of that call, and belongs on the stream that answers it.
 */
export const isAboutARequest = (method: string): boolean => !unrelated.has(method);

/** Whether every session at a process may hear it: a task or a resource is somebody's, and its status is nobody else's business. */
export const isAboutEverybody = (method: string): boolean => forEverybody.has(method);
