/* A lock, counters and a compare-and-swap, as a kernel has them: AMOs of both widths, LR and SC. */
static struct {
  unsigned lock, tickets;
  unsigned long flags, largest, list[16];
} *const shared = (void *)0x80200000;

void loop(unsigned long rounds) {
  for (unsigned long round = 0; round < rounds; round++) {
    for (unsigned long i = 0; i < 1000; i++) {
      while (__atomic_exchange_n(&shared->lock, 1, __ATOMIC_ACQUIRE)) {}
      __atomic_fetch_add(&shared->tickets, 1, __ATOMIC_RELAXED);
      __atomic_fetch_or(&shared->flags, 1ul << (i & 63), __ATOMIC_RELAXED);
      __atomic_fetch_and(&shared->flags, ~(1ul << ((i * 7) & 63)), __ATOMIC_ACQ_REL);
      unsigned long old = __atomic_load_n(&shared->list[i & 15], __ATOMIC_RELAXED);
      __atomic_compare_exchange_n(&shared->list[i & 15], &old, old + i, 0, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
      asm volatile("amomaxu.d zero, %1, %0" : "+A"(shared->largest) : "r"(i * round));
      __atomic_store_n(&shared->lock, 0, __ATOMIC_RELEASE);
    }
  }
}
