#include "board.h"

// Flattened device tree, Devicetree Specification 0.4, chapter 5: big-endian words.
#define FDT_BEGIN_NODE 1
#define FDT_END_NODE 2
#define FDT_PROP 3
#define FDT_NOP 4

static uint32_t word(const uint8_t *at) { return (uint32_t)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3]; }

static uint64_t double_word(const uint8_t *at) { return (uint64_t)word(at) << 32 | word(at + 4); }

static int starts_with(const char *text, const char *start) {
  for (; *start; text++, start++) {
    if (*text != *start) return 0;
  }
  return 1;
}

static uint64_t length(const char *text) {
  uint64_t count = 0;
  while (text[count]) count++;
  return count;
}

uint64_t ram_size(const void *device_tree) {
  const uint8_t *tree = device_tree;
  const uint8_t *at = tree + word(tree + 8);
  const char *strings = device_tree + word(tree + 12);
  int in_memory = 0;
  for (;;) {
    uint32_t token = word(at);
    at += 4;
    if (token == FDT_BEGIN_NODE) {
      in_memory = starts_with((const char *)at, "memory@");
      at += (length((const char *)at) + 1 + 3) & ~3ul;
    } else if (token == FDT_PROP) {
      // Two cells of address, two of size.
      if (in_memory && starts_with(strings + word(at + 4), "reg")) return double_word(at + 8 + 8);
      at += 8 + ((word(at) + 3) & ~3u);
    } else if (token != FDT_END_NODE && token != FDT_NOP) {
      return 0;
    }
  }
}
