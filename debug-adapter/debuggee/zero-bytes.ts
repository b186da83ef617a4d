/** By words where they are aligned: by bytes, that takes as long as SHA-256 does. */
export function isZero(bytes: Uint8Array): boolean {
  const { buffer, byteOffset, length } = bytes;
  const wordCount = byteOffset % 4 === 0 ? length >> 2 : 0;
  const words = new Uint32Array(buffer, wordCount > 0 ? byteOffset : 0, wordCount);
  for (let at = 0; at < wordCount; at++) if (words[at] !== 0) return false;
  for (let at = wordCount * 4; at < length; at++) if (bytes[at] !== 0) return false;
  return true;
}
