/* Writes, then adds up 16 MiB, word by word. */
static volatile unsigned long *const words = (unsigned long *)0x81000000;

unsigned long loop(unsigned long rounds) {
  const unsigned long count = (16 << 20) / sizeof(unsigned long);
  unsigned long sum = 0;
  for (unsigned long round = 0; round < rounds; round++) {
    for (unsigned long i = 0; i < count; i++) words[i] = i * round;
    for (unsigned long i = 0; i < count; i++) sum += words[i];
  }
  return sum;
}
