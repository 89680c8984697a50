import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** A file or folder that the MCP server may show to its clients, and how to name it. */
export interface ExposedRoot {
  readonly path: string;
  readonly named: string;
}

export interface ServerCommandLine {
  readonly args: readonly string[];
  /** The child's working directory; undefined: an empty one that is made for it. */
  readonly folder: string | undefined;
  readonly home: string;
}

/** What may stand before, between and behind paths in one argument: `--root=/a`, `/a:/b`, `type=bind,src=/a`, `cd /a && x`. */
const separators = /[\s=,:;"'`()|&<>]+/;

/** Every piece of an argument that could be a path. A word that is none resolves to a name in the working directory, which is exposed anyway. */
const pieces = (argument: string): readonly string[] => {
  const afterEachEquals = [...argument.matchAll(/=/g)].map((match) => argument.slice(match.index + 1));
  const attached = /^-[A-Za-z](.+)$/.exec(argument)?.[1];
  const all = [argument, ...afterEachEquals, ...(attached === undefined ? [] : [attached]), ...argument.split(separators)];
  return [...new Set(all)].filter((piece) => piece !== "" && !piece.includes("\0"));
};

/** Servers open `~` and file URLs themselves, when no shell has done it for them. */
const asPath = (piece: string, { folder, home }: ServerCommandLine): string =>
  resolve(folder ?? join(tmpdir(), "mcp-server"), piece.replace(/^file:(?:\/\/)?(?=\/)/, "").replace(/^~(?=\/|$)/, home));

/** What the child can be taken to serve: its working directory, and each argument that names a place. */
export const exposedRoots = (line: ServerCommandLine): readonly ExposedRoot[] => [
  ...(line.folder === undefined ? [] : [{ path: line.folder, named: `its working directory ${line.folder}` }]),
  ...line.args.flatMap((argument) => pieces(argument).map((piece) => ({ path: asPath(piece, line), named: `its argument ${JSON.stringify(argument)}` }))),
];
