// Keeps rewriting 32 pages, spread over all of RAM, in a pseudo-random order: a working set much smaller than RAM. In a
// write-tracking snapshot each of its pages faults once, soon after the freeze, and is saved on demand. Two thirds of
// RAM hold data, in stripes; the rest is zero, as in a machine that has been up for a while.
#include "board/board.h"

#define WORKING_SET_PAGES 32
#define WORDS_PER_LINE 8
#define WORDS_PER_PAGE (PAGE_SIZE / sizeof(uint64_t))
#define PAGES_PER_STRIPE 96

static char *heap;
static uint64_t heap_pages;

// xorshift64: never 0 when it did not begin with 0.
static uint64_t next_random(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

// A word that is not zero into each page of two stripes out of three.
__attribute__((noinline)) void fill_heap(void) {
  for (uint64_t page = 0; page < heap_pages; page++) {
    if (page / PAGES_PER_STRIPE % 3 != 0) *(volatile uint64_t *)(heap + page * PAGE_SIZE) = page;
  }
}

__attribute__((noinline)) void rewrite_page(uint64_t index, uint64_t round) {
  uint64_t page = heap_pages / WORKING_SET_PAGES * index;
  volatile uint64_t *words = (volatile uint64_t *)(heap + page * PAGE_SIZE);
  for (uint64_t word = 0; word < WORDS_PER_PAGE; word += WORDS_PER_LINE) words[word] = round;
}

__attribute__((noinline)) void rewrite_working_set(uint64_t *random, uint64_t round) {
  for (int i = 0; i < WORKING_SET_PAGES; i++) rewrite_page(next_random(random) % WORKING_SET_PAGES, round);
}

static void report(void) {
  put_text("round ");
  put_decimal(counter);
  put_text(" after ");
  put_decimal(seconds);
  put_text(" s\n");
}

int main(const void *device_tree) {
  heap = image_end;
  heap_pages = (RAM_BASE + ram_size(device_tree) - (uint64_t)image_end) / PAGE_SIZE;
  fill_heap();
  put_text("working-set: rewriting ");
  put_decimal(WORKING_SET_PAGES);
  put_text(" of ");
  put_decimal(ram_size(device_tree) / PAGE_SIZE);
  put_text(" pages of RAM; type to see an echo, q to power off\n");
  start_timer();
  uint64_t random = 0x9e3779b97f4a7c15;
  uint64_t reported = 0;
  for (;;) {
    rewrite_working_set(&random, counter + 1);
    counter++;
    poll_keyboard();
    if (seconds != reported) {
      reported = seconds;
      report();
    }
  }
}
