// The first process of a Linux that runs nothing else: asks the kernel for what leans on the machine (copy on write,
// page faults, signals, timers, pipes, files) and says what came of it; then writes memory until a key is pressed.
// Without a C library and without floating point.

typedef unsigned char u8;
typedef unsigned long u64;

static long call(long number, long a, long b, long c, long d, long e, long f) {
  register long a0 asm("a0") = a;
  register long a1 asm("a1") = b;
  register long a2 asm("a2") = c;
  register long a3 asm("a3") = d;
  register long a4 asm("a4") = e;
  register long a5 asm("a5") = f;
  register long a7 asm("a7") = number;
  asm volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a7) : "memory");
  return a0;
}

// Numbers from the kernel's include/uapi/asm-generic/unistd.h.
static long mkdirat(const char *path) { return call(34, -100, (long)path, 0755, 0, 0, 0); }
static long create(const char *path) { return call(56, -100, (long)path, 0102, 0644, 0, 0); }
static long close(long file) { return call(57, file, 0, 0, 0, 0, 0); }
static long pipe(int *ends) { return call(59, (long)ends, 0, 0, 0, 0, 0); }
static long rewind(long file) { return call(62, file, 0, 0, 0, 0, 0); }
static long read(long file, void *bytes, long count) { return call(63, file, (long)bytes, count, 0, 0, 0); }
static long write(long file, const void *bytes, long count) { return call(64, file, (long)bytes, count, 0, 0, 0); }
static void exit(long code) { call(93, code, 0, 0, 0, 0, 0); }
static void sleep(long ns) { long time[2] = {0, ns}; call(101, (long)time, 0, 0, 0, 0, 0); }
static long kill(long process, long signal) { return call(129, process, signal, 0, 0, 0, 0); }
static long getpid(void) { return call(172, 0, 0, 0, 0, 0, 0); }
static long fork(void) { return call(220, 17, 0, 0, 0, 0, 0); }
static long wait(long process, int *status) { return call(260, process, (long)status, 0, 0, 0, 0); }
static void power_off(void) { call(142, 0xfee1dead, 672274793, 0x4321fedc, 0, 0, 0); }
enum { private_memory = 0x22, shared_memory = 0x21 };
static void *mmap(long count, long flags) { return (void *)call(222, 0, count, 3, flags, -1, 0); }

static void print(const char *text) {
  long count = 0;
  while (text[count]) count++;
  write(1, text, count);
}

static void report(const char *what, u64 value) {
  char digits[24];
  int at = 23;
  digits[at] = 0;
  do digits[--at] = '0' + value % 10; while (value /= 10);
  print(what);
  print(" ");
  print(digits + at);
  print("\n");
}

enum { page = 4096, buffer_bytes = 1 << 20 };
static u8 buffer[buffer_bytes];

/** Children that write to pages they share, each into its own copy. */
static void forks(void) {
  u64 right = 0;
  for (int child = 1; child <= 50; child++) {
    long process = fork();
    if (process == 0) {
      u64 seen = 0;
      for (int at = 0; at < 64; at++) seen += buffer[at * page];
      for (int at = 0; at < 64; at++) buffer[at * page] = child;
      exit(seen == 0 && buffer[63 * page] == (u8)child ? child & 127 : 255);
    }
    int status = 0;
    wait(process, &status);
    if (status == (child & 127) << 8 && buffer[0] == 0) right++;
  }
  report("forks", right);
}

static void faults(void) {
  u64 sum = 0;
  u8 *memory = mmap(4 << 20, private_memory);
  for (u64 at = 0; at < 4 << 20; at += page) memory[at] = at >> 12;
  for (u64 at = 0; at < 4 << 20; at++) sum += memory[at];
  report("faults", sum);
}

static volatile u64 signal_count;
static void on_signal(int signal) { signal_count++; }
struct action { void (*handler)(int); u64 flags; u64 mask; };

static void signals(void) {
  struct action action = {on_signal, 0, 0};
  call(134, 10, (long)&action, 0, 8, 0, 0);
  for (int i = 0; i < 100; i++) kill(getpid(), 10);
  report("signals", signal_count);
}

static void files(void) {
  long file = create("/file");
  for (u64 at = 0; at < buffer_bytes; at++) buffer[at] = at * 2654435761u >> 13;
  for (int i = 0; i < 2; i++) write(file, buffer, buffer_bytes);
  rewind(file);
  u64 hash = 14695981039346656037u;
  long count;
  while ((count = read(file, buffer, 60000)) > 0) {
    for (long at = 0; at < count; at++) hash = (hash ^ buffer[at]) * 1099511628211u;
  }
  close(file);
  report("file's hash", hash);
}

static void pipes(void) {
  int ends[2];
  pipe(ends);
  if (fork() == 0) {
    for (int i = 0; i < 64; i++) write(ends[1], buffer, page);
    exit(0);
  }
  close(ends[1]);
  u64 sum = 0;
  long count;
  while ((count = read(ends[0], buffer, 1000)) > 0) sum += count;
  report("piped", sum);
}

/** What parent and child of the load share. */
struct load { volatile u64 stop, rounds, errors; };
enum { load_bytes = 16 << 20 };

/** Each round writes every page and checks what the round before left there. */
static void write_until_stopped(struct load *load) {
  u64 *words = mmap(load_bytes, private_memory);
  enum { per_page = page / 8, count = load_bytes / 8 };
  while (!load->stop) {
    u64 round = load->rounds;
    for (u64 at = 0; at < count; at += per_page) {
      if (words[at] != (round ? at * round : 0)) load->errors++;
      words[at] = at * (round + 1);
    }
    load->rounds = round + 1;
    if (round == 2) print("writing; Enter ends it\n");
  }
}

void start(void) {
  mkdirat("/dev");
  call(40, (long)"devtmpfs", (long)"/dev", (long)"devtmpfs", 0, 0, 0);
  print("user space\n");
  forks();
  faults();
  signals();
  for (int i = 0; i < 20; i++) sleep(10 * 1000 * 1000);
  files();
  pipes();
  struct load *load = mmap(page, shared_memory);
  long process = fork();
  if (process == 0) {
    write_until_stopped(load);
    exit(0);
  }
  read(0, buffer, 16);
  load->stop = 1;
  wait(process, 0);
  print(load->rounds > 0 ? "rounds were written\n" : "nothing was written\n");
  report("errors", load->errors);
  power_off();
}

asm(".globl _start\n"
    "_start:\n"
    ".option push\n"
    ".option norelax\n"
    "lla gp, __global_pointer$\n"
    ".option pop\n"
    "call start\n");
