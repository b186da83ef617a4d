// A module of its own for Debian's kernel, without the kernel's headers: it calls nothing of the kernel's. What the kernel
// asks of a module's file is passed by the test, which reads it from one of Debian's.

struct settings {
  unsigned long limit;
  const char *name;
};

struct settings settings = {1000, "freezeframe"};
static volatile unsigned long total;

__attribute__((noinline)) static unsigned long sum_of_squares(unsigned long count) {
  unsigned long sum = 0;
  for (unsigned long i = 1; i <= count; i++) sum += i * i;
  return sum < settings.limit ? sum : settings.limit;
}

int init_module(void) {
  total = sum_of_squares(4);
  return 0;
}

void cleanup_module(void) {
  unsigned long before = total;
  total = before + sum_of_squares(before);
}

__attribute__((section(".modinfo"), used)) static const char license[] = "license=GPL";
__attribute__((section(".modinfo"), used)) static const char name[] = "name=sample";
__attribute__((section(".modinfo"), used)) static const char vermagic[] = "vermagic=" VERMAGIC;

#ifdef LAYOUT_CRC
__attribute__((section("__versions"), used)) static const struct {
  unsigned long crc;
  char name[56];
} versions[] = {{LAYOUT_CRC, "module_layout"}};
#endif

// `struct module`, of which the file says the name and where it begins and ends.
__attribute__((section(".gnu.linkonce.this_module"), used)) static struct {
  char before_name[24];
  char name[56];
  char before_init[INIT_OFFSET - 80];
  int (*init)(void);
  char before_exit[EXIT_OFFSET - INIT_OFFSET - 8];
  void (*exit)(void);
  char rest[MODULE_SIZE - EXIT_OFFSET - 8];
} this_module = {.name = "sample", .init = init_module, .exit = cleanup_module};
