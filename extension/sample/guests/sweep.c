// Sweeps all of RAM behind its own image, writing the round's number into each page: every page faults once, in order,
// racing the snapshot's own scan. In a correct snapshot the pages up to the one being written hold the freeze's round,
// those behind it the round before.
#include "board/board.h"

#define WORDS_PER_PAGE (PAGE_SIZE / sizeof(uint64_t))
#define WORDS_PER_LINE 8

// The page written last.
volatile uint64_t swept_page;

__attribute__((noinline)) void sweep_page(uint64_t address, uint64_t round) {
  volatile uint64_t *words = (volatile uint64_t *)address;
  for (uint64_t word = 0; word < WORDS_PER_PAGE; word += WORDS_PER_LINE) words[word] = round;
}

__attribute__((noinline)) void sweep_ram(uint64_t first, uint64_t end, uint64_t round) {
  for (uint64_t address = first; address < end; address += PAGE_SIZE) {
    sweep_page(address, round);
    swept_page = address;
    poll_keyboard();
  }
}

static void report(uint64_t page_count) {
  put_text("round ");
  put_decimal(counter);
  put_text(": ");
  put_decimal(page_count);
  put_text(" pages, ");
  put_decimal(seconds);
  put_text(" s\n");
}

int main(const void *device_tree) {
  // Read now: the sweep runs over the device tree.
  uint64_t end = RAM_BASE + ram_size(device_tree);
  uint64_t first = (uint64_t)image_end;
  uint64_t page_count = (end - first) / PAGE_SIZE;
  put_text("sweep: writing ");
  put_decimal(page_count);
  put_text(" pages from ");
  put_hex(first);
  put_text(" to ");
  put_hex(end);
  put_text("; type to see an echo, q to power off\n");
  start_timer();
  uint64_t reported = 0;
  for (;;) {
    sweep_ram(first, end, counter + 1);
    counter++;
    if (seconds != reported) {
      reported = seconds;
      report(page_count);
    }
  }
}
