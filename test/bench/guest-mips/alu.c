/* A hash-like mix of additions, rotations, exclusive ors and a multiplication: nothing but registers. */
unsigned long loop(unsigned long rounds) {
  unsigned long a = 0x9e3779b97f4a7c15, b = 0xbf58476d1ce4e5b9, c = 1;
  for (unsigned long round = 0; round < rounds; round++) {
    for (int i = 0; i < 1000; i++) {
      a ^= b << 13;
      b += a >> 7;
      c = c * 0x5851f42d4c957f2d + a;
      a = (a << 23 | a >> 41) ^ c;
      b -= c >> 33;
    }
  }
  return a ^ b ^ c;
}
