/** CRC-32 (IEEE 802.3, reflected 0xEDB88320) over the UTF-16 code units of a text, low byte first. */

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

/** An unsigned 32-bit integer. It finds every single burst of up to 32 damaged bits; it stops no forger. */
export function crc32(text: string): number {
  let crc = 0xffffffff;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    crc = (table[(crc ^ unit) & 0xff] as number) ^ (crc >>> 8);
    crc = (table[(crc ^ (unit >>> 8)) & 0xff] as number) ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}
