/** Node's mark, which says whether a program is in the executable. */
const FUSE = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:";
/** The first four bytes of a program (node's src/node_sea.cc). */
const MAGIC = Buffer.from([0x20, 0xda, 0x43, 0x01]);

/** What an executable is, as its headers say. */
export type ExecutableForm = {
  readonly format: "ELF" | "Mach-O" | "PE";
  readonly machine: "x64" | "arm64";
  /** Whether Node's mark says that there is a program, and there is one at the place of its format. */
  readonly hasProgram: boolean;
};

const ELF_MACHINES: Readonly<Record<number, ExecutableForm["machine"]>> = { 62: "x64", 183: "arm64" };
const MACH_MACHINES: Readonly<Record<number, ExecutableForm["machine"]>> = { 0x01000007: "x64", 0x0100000c: "arm64" };
const PE_MACHINES: Readonly<Record<number, ExecutableForm["machine"]>> = { 0x8664: "x64", 0xaa64: "arm64" };

/** @throws if the bytes are not an executable of a known form */
export function formOf(bytes: Buffer): ExecutableForm {
  const isLit = bytes[bytes.indexOf(FUSE) + FUSE.length] === "1".charCodeAt(0);
  if (bytes.readUInt32BE(0) === 0x7f454c46) {
    const note = noteOf(bytes);
    return form("ELF", ELF_MACHINES[bytes.readUInt16LE(18)], isLit && note !== undefined && note.includes(MAGIC));
  }
  if (bytes.readUInt32LE(0) === 0xfeedfacf) {
    const section = machSection(bytes);
    return form(
      "Mach-O",
      MACH_MACHINES[bytes.readUInt32LE(4)],
      isLit && section?.subarray(0, 4).equals(MAGIC) === true,
    );
  }
  const header = bytes.readUInt32LE(0x3c);
  if (bytes.toString("latin1", header, header + 4) !== "PE\0\0") throw new Error("not an executable");
  const resource = bytes.indexOf(Buffer.from("NODE_SEA_BLOB", "utf16le"));
  return form(
    "PE",
    PE_MACHINES[bytes.readUInt16LE(header + 4)],
    isLit && resource > 0 && bytes.includes(MAGIC, resource),
  );
}

function form(format: ExecutableForm["format"], machine: ExecutableForm["machine"] | undefined, hasProgram: boolean) {
  if (machine === undefined) throw new Error(`${format} for an unknown processor`);
  return { format, machine, hasProgram };
}

/** The note NODE_SEA_BLOB of an ELF file. */
function noteOf(bytes: Buffer): Buffer | undefined {
  const start = Number(bytes.readBigUInt64LE(32));
  const [size, count] = [bytes.readUInt16LE(54), bytes.readUInt16LE(56)];
  const headers = Array.from({ length: count }, (_, at) => start + at * size);
  const notes = headers.filter((at) => bytes.readUInt32LE(at) === 4);
  return notes
    .map((at) => {
      const offset = Number(bytes.readBigUInt64LE(at + 8));
      return bytes.subarray(offset, offset + Number(bytes.readBigUInt64LE(at + 32)));
    })
    .find((note) => note.includes("NODE_SEA_BLOB"));
}

/** The section __NODE_SEA_BLOB of a Mach-O file. */
function machSection(bytes: Buffer): Buffer | undefined {
  const at = bytes.indexOf("__NODE_SEA_BLOB");
  if (at < 0 || at > 32 + bytes.readUInt32LE(20)) return undefined;
  const [size, offset] = [Number(bytes.readBigUInt64LE(at + 40)), bytes.readUInt32LE(at + 48)];
  return bytes.subarray(offset, offset + size);
}
