// What compilers make hard for debuggers, in a program that always goes the same way.
#include <stdarg.h>
#include <stdint.h>

enum colour { RED, GREEN = 5, BLUE };
enum flags { READ = 1, WRITE = 2, EXECUTE = 4 };

struct point { int x, y; };
struct packed { unsigned kind : 3; int delta : 5; unsigned rest : 20; uint64_t wide : 40; };
union word { uint32_t all; uint8_t bytes[4]; };
struct node {
  struct node *next;
  const char *name;
  struct point at, box[2];
  struct packed bits;
  union word word;
  enum colour colour;
  enum flags flags;
  double weight;
  float ratio;
  _Bool is_last;
  char letter;
  struct { int16_t low, high; };
};

static struct node nodes[4];
uint64_t checksum;
static uint32_t visits;

__attribute__((noinline)) uint64_t factorial(unsigned n) {
  if (n < 2) return 1;
  uint64_t rest = factorial(n - 1);
  return n * rest;
}

// Keeps what it counts where what it calls has to save it.
__attribute__((noinline)) uint64_t factorials(uint64_t counted, unsigned n) {
  for (unsigned i = 0; i < n; i++) counted += factorial(i);
  return counted;
}

__attribute__((noinline)) long sum(int count, ...) {
  va_list list;
  long total = 0;
  va_start(list, count);
  for (int i = 0; i < count; i++) total += va_arg(list, long);
  va_end(list);
  return total;
}

static inline int scaled(struct point p, int by) {
  int product = p.x * by;
  return product + p.y;
}

__attribute__((noinline)) double mean(const struct node *list, int count) {
  double total = 0.5;
  float last = 0;
  for (int i = 0; i < count; i++) {
    last = list[i].ratio;
    total += list[i].weight * last;
  }
  return total / count;
}

__attribute__((noinline)) int64_t finish(int64_t value) { return value ^ 0x55; }

// Ends in a tail call. Where its count is, the compiler for bare metal does not say.
__attribute__((noinline)) int64_t relay(int64_t value, struct point p) {
  static __thread int64_t count;
  count++;
  int64_t moved = value + scaled(p, 3);
  checksum += (uint64_t)moved;
  return finish(moved);
}

__attribute__((noinline)) struct node *fill(int round) {
  static const char *const names[] = {"first", "second", "third \"quoted\"", "last\n"};
  for (int i = 0; i < 4; i++) {
    struct node *node = &nodes[i];
    node->next = i < 3 ? &nodes[i + 1] : 0;
    node->name = names[i];
    node->at = (struct point){i, round};
    for (int side = 0; side < 2; side++) node->box[side] = (struct point){side * 100 - i, -round};
    node->bits = (struct packed){(unsigned)i, -i - round % 8, 77u * (unsigned)i, 0x123456789aull + (uint64_t)round};
    node->word.all = 0x01020304u * (unsigned)(i + 1);
    node->colour = i == 1 ? GREEN : BLUE;
    node->flags = (enum flags)(READ | (i << 1));
    node->weight = 1.0 / (i + round + 1);
    node->ratio = 0.1f * (float)i;
    node->is_last = i == 3;
    node->letter = (char)('a' + i);
    node->low = (int16_t)-i;
    node->high = (int16_t)round;
  }
  return nodes;
}

int main(void) {
  for (int round = 1;; round++) {
    struct node *list = fill(round);
    struct point here = {round, 7};
    long total = sum(3, (long)round, 20L, 300L);
    double average = mean(list, 4);
    int64_t relayed = relay(total, here);
    uint64_t product = factorials(0, (unsigned)(round % 6));
    visits++;
    checksum += product + (uint64_t)relayed + (uint64_t)average;
  }
}

void *memcpy(void *to, const void *from, __SIZE_TYPE__ count) {
  for (char *out = to; count > 0; count--) *out++ = *(const char *)from++;
  return to;
}

__attribute__((used, aligned(16))) static char stack[16384];

// The linker puts this section first. Floating point is switched on; thread-local storage is where the stack does not reach.
__attribute__((naked, section(".text.unlikely"))) void _start(void) {
  __asm__ volatile(".option push\n .option norelax\n la gp, __global_pointer$\n .option pop\n"
                   "la tp, stack\n la sp, stack + 16384\n li t0, 0x6000\n csrs mstatus, t0\n j main");
}
