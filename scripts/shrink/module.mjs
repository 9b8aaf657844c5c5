// A WebAssembly file as its functions: their names, types and bodies can be read, and names and bodies changed.
import { readFileSync, writeFileSync } from "node:fs";

const [CUSTOM, IMPORT, FUNCTION, CODE] = [0, 2, 3, 10];
const [OF_FUNCTION, OF_TABLE, OF_MEMORY, OF_GLOBAL, OF_TAG] = [0, 1, 2, 3, 4];
const HEADER = 8;

/** Reads from one place on. */
class Reader {
  constructor(bytes, at = 0) {
    Object.assign(this, { bytes, at });
  }

  get isDone() {
    return this.at >= this.bytes.length;
  }

  byte() {
    return this.bytes[this.at++];
  }

  /** An unsigned LEB128 number. */
  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }

  /** Bytes with their length before them. */
  measured() {
    const length = this.number();
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  text() {
    return this.measured().toString("utf8");
  }

  /** As many as are told first. */
  list(read) {
    return Array.from({ length: this.number() }, () => read(this));
  }
}

function encoded(value) {
  const out = [];
  for (; value > 127; value = Math.floor(value / 128)) out.push((value % 128) | 128);
  return Buffer.from([...out, value]);
}

/** `parts` in one, with their length before them. */
function measured(...parts) {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([encoded(content.length), content]);
}

/** Whether an import is a function. */
function importedFunction(reader) {
  reader.text();
  reader.text();
  const kind = reader.byte();
  if (kind === OF_TABLE || kind === OF_GLOBAL || kind === OF_TAG) reader.byte();
  if (kind === OF_FUNCTION || kind === OF_TAG) reader.number();
  if (kind === OF_GLOBAL) reader.byte();
  if (kind === OF_TABLE || kind === OF_MEMORY) {
    const hasMost = reader.byte() & 1;
    reader.number();
    if (hasMost) reader.number();
  }
  return kind === OF_FUNCTION;
}

/** The names of functions, by index. */
function functionNames(reader) {
  const names = new Map();
  while (!reader.isDone) {
    const isOfFunctions = reader.byte() === 1;
    const map = new Reader(reader.measured());
    if (isOfFunctions) map.list((entry) => names.set(entry.number(), entry.text()));
  }
  return names;
}

const isNames = ({ id, content }) => id === CUSTOM && new Reader(content).text() === "name";

export class Module {
  constructor(file) {
    const reader = new Reader(readFileSync(file), HEADER);
    this.header = reader.bytes.subarray(0, HEADER);
    this.sections = [];
    while (!reader.isDone) this.sections.push({ id: reader.byte(), content: reader.measured() });

    const read = (id) => new Reader(this.sections.find((section) => section.id === id).content);
    const names = new Reader(this.sections.find(isNames).content);
    names.text();
    const byIndex = functionNames(names);
    this.imported = read(IMPORT).list(importedFunction).filter(Boolean).length;
    const types = read(FUNCTION).list((type) => type.number());
    const bodies = read(CODE).list((code) => code.measured());
    /** The functions that are not imported. */
    this.functions = bodies.map((body, index) => {
      return { name: byIndex.get(this.imported + index) ?? "", type: types[index], body };
    });
  }

  write(file) {
    // wasm-opt wants each name once.
    const named = this.functions.map(({ name }, index) => {
      return Buffer.concat([encoded(this.imported + index), measured(`${name}#${index}`)]);
    });
    const names = Buffer.concat([measured("name"), Buffer.from([1]), measured(encoded(named.length), ...named)]);
    const code = [encoded(this.functions.length), ...this.functions.map(({ body }) => measured(body))];
    const parts = this.sections.flatMap((section) => {
      const { id, content } = section;
      const now = id === CODE ? code : [isNames(section) ? names : content];
      return [Buffer.from([id]), measured(...now)];
    });
    writeFileSync(file, Buffer.concat([this.header, ...parts]));
  }
}
