/* Heap sort of pseudo-random words: branches that nothing can foresee. */
static int *const words = (int *)0x80200000;
enum { count = 4096 };

static void sift(int root, int end) {
  for (int child; (child = 2 * root + 1) < end; root = child) {
    if (child + 1 < end && words[child] < words[child + 1]) child++;
    if (words[root] >= words[child]) return;
    int word = words[root];
    words[root] = words[child];
    words[child] = word;
  }
}

unsigned long loop(unsigned long rounds) {
  unsigned seed = 1;
  for (unsigned long round = 0; round < rounds; round++) {
    for (int i = 0; i < count; i++) words[i] = seed = seed * 1664525 + 1013904223;
    for (int i = count / 2; i-- > 0;) sift(i, count);
    for (int end = count - 1; end > 0; end--) {
      int word = words[0];
      words[0] = words[end];
      words[end] = word;
      sift(0, end);
    }
  }
  return words[0];
}
