// What the guests need of QEMU's `virt` board: UART, timer, test finisher, device tree.
#pragma once

#include <stdint.h>

#define PAGE_SIZE 4096ul
#define RAM_BASE 0x80000000ul
#define TICKS_PER_SECOND 10000000ul

// The first byte behind the program, its stack included; page-aligned.
extern char image_end[];

// Incremented on every round. It has a page of its own: in a snapshot it tells the instant of the freeze.
extern volatile uint64_t counter;

void put_text(const char *text);
void put_decimal(uint64_t value);
void put_hex(uint64_t value);

// Bytes of RAM according to the device tree's memory node, or 0.
uint64_t ram_size(const void *device_tree);

// Starts the timer interrupt, once a second. `seconds` counts them.
void start_timer(void);
extern volatile uint64_t seconds;

// Echoes what was typed. `q` powers the machine off.
void poll_keyboard(void);

void power_off(void) __attribute__((noreturn));
void fail(uint16_t code) __attribute__((noreturn));
