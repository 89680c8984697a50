import { createSocket } from "node:dgram";

export interface DnsServer extends AsyncDisposable {
  readonly address: string;
  /** Names asked for, with the type: 1 is A, 28 is AAAA. */
  readonly questions: readonly string[];
}

const nameIn = (question: Buffer): { readonly name: string; readonly end: number } => {
  const labels: string[] = [];
  let at = 12;
  for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
    labels.push(question.toString("latin1", at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join("."), end: at + 1 };
};

/** A name server (RFC 1035) for A records: undefined keeps silent, an empty list says that there is no such name. */
export const startDnsServer = async (answerOf: (name: string) => readonly string[] | undefined): Promise<DnsServer> => {
  const questions: string[] = [];
  const socket = createSocket("udp4");
  socket.on("message", (question, from) => {
    const { name, end } = nameIn(question);
    const type = question.readUInt16BE(end);
    questions.push(`${name} ${type}`);
    const addresses = answerOf(name);
    if (addresses === undefined) return;
    const records = type === 1 ? addresses : [];
    const header = Buffer.from(question.subarray(0, 12));
    header.writeUInt16BE(addresses.length === 0 ? 0x8183 : 0x8180, 2);
    header.writeUInt16BE(records.length, 6);
    header.writeUInt32BE(0, 8);
    const answers = records.map((address) => Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split(".").map(Number)]));
    socket.send(Buffer.concat([header, question.subarray(12, end + 4), ...answers]), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${socket.address().port}`,
    questions,
    [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(() => resolve())),
  };
};
