/* Naive Fibonacci: calls, returns and a stack. */
__attribute__((noinline)) static unsigned long fibonacci(unsigned long n) {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

unsigned long loop(unsigned long rounds) {
  unsigned long sum = 0;
  for (unsigned long round = 0; round < rounds; round++) sum += fibonacci(20 + (round & 1));
  return sum;
}
