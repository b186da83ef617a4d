// Writes a word to one pseudo-random page of RAM after the other, with a pause in between: how fast it writes is set by
// `pause_rounds`. All of RAM holds data before it begins, so that every page counts in a stream. `counter` counts writes.
#include "board/board.h"

// How many turns of an empty loop come between two writes; a debugger or a test sets another before the start.
volatile uint64_t pause_rounds = 16000;

// xorshift64: never 0 when it did not begin with 0.
static uint64_t next_random(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

__attribute__((noinline)) void fill_heap(uint64_t *heap, uint64_t page_count) {
  for (uint64_t page = 0; page < page_count; page++) heap[page * (PAGE_SIZE / sizeof(uint64_t))] = ~page;
}

__attribute__((noinline)) void write_page(volatile uint64_t *page, uint64_t value) { *page = value; }

int main(const void *device_tree) {
  uint64_t *heap = (uint64_t *)image_end;
  uint64_t page_count = (RAM_BASE + ram_size(device_tree) - (uint64_t)image_end) / PAGE_SIZE;
  fill_heap(heap, page_count);
  put_text("write-rate: ");
  put_decimal(page_count);
  put_text(" pages, a write every ");
  put_decimal(pause_rounds);
  put_text(" rounds of a pause; type to see an echo, q to power off\n");
  uint64_t random = 0x9e3779b97f4a7c15;
  for (;;) {
    write_page(heap + next_random(&random) % page_count * (PAGE_SIZE / sizeof(uint64_t)), counter);
    if (++counter % 1024 == 0) poll_keyboard();
    for (uint64_t round = pause_rounds; round > 0; round--) __asm__ volatile("");
  }
}
