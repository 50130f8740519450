// Files in one: a zip file whose entries are stored as they are, which is all that some key files need.
"use strict";

const ZIP_DATE = 0x0021; // 1 January 1980
const OWN_FILE = 0o100600 * 0x10000; // only its owner may read it, once it is unpacked

const little = (size, number) => Uint8Array.from({ length: size }, (_, place) => Math.floor(number / 2 ** (8 * place)) & 255);

function crc32(bytes) {
  let rest = 0xffffffff;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0);
  }
  return (rest ^ 0xffffffff) >>> 0;
}

// `files`: a Map from names to texts.
function zipped(files) {
  const entries = [];
  const directory = [];
  let offset = 0;
  for (const [name, text] of files) {
    const path = new TextEncoder().encode(name);
    const data = new TextEncoder().encode(text);
    const facts = joined(little(2, 20), little(2, 0x0800), little(2, 0), little(2, 0), little(2, ZIP_DATE),
      little(4, crc32(data)), little(4, data.length), little(4, data.length), little(2, path.length), little(2, 0));
    const entry = joined(little(4, 0x04034b50), facts, path, data);
    directory.push(joined(little(4, 0x02014b50), little(2, 0x0314), facts, little(2, 0), little(2, 0), little(2, 0),
      little(4, OWN_FILE), little(4, offset), path));
    entries.push(entry);
    offset += entry.length;
  }
  const size = directory.reduce((sum, one) => sum + one.length, 0);
  const end = joined(little(4, 0x06054b50), little(4, 0), little(2, files.size), little(2, files.size), little(4, size),
    little(4, offset), little(2, 0));
  return new Blob([...entries, ...directory, end], { type: "application/zip" });
}
