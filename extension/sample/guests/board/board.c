#include "board.h"

#define UART_DATA ((volatile uint8_t *)0x10000000)
#define UART_LINE_STATUS ((volatile uint8_t *)0x10000005)
#define LINE_STATUS_DATA_READY 0x01
#define LINE_STATUS_TRANSMIT_EMPTY 0x20

#define TEST_FINISHER ((volatile uint32_t *)0x100000)
#define FINISHER_FAIL 0x3333
#define FINISHER_PASS 0x5555

#define CLINT_MTIMECMP ((volatile uint64_t *)0x2004000)
#define CLINT_MTIME ((volatile uint64_t *)0x200bff8)
#define CAUSE_MACHINE_TIMER 0x8000000000000007ul
#define MIE_MTIE 0x80ul
#define MSTATUS_MIE 0x8ul

volatile uint64_t counter __attribute__((section(".counter"), aligned(4096)));
volatile uint64_t seconds;

static void put_byte(char byte) {
  while (!(*UART_LINE_STATUS & LINE_STATUS_TRANSMIT_EMPTY)) {
  }
  *UART_DATA = byte;
}

void put_text(const char *text) {
  for (; *text; text++) {
    if (*text == '\n') put_byte('\r');
    put_byte(*text);
  }
}

void put_decimal(uint64_t value) {
  char digits[20];
  int count = 0;
  do {
    digits[count++] = '0' + value % 10;
    value /= 10;
  } while (value);
  while (count) put_byte(digits[--count]);
}

void put_hex(uint64_t value) {
  put_text("0x");
  int shift = 60;
  while (shift && !(value >> shift)) shift -= 4;
  for (; shift >= 0; shift -= 4) put_byte("0123456789abcdef"[value >> shift & 15]);
}

void poll_keyboard(void) {
  while (*UART_LINE_STATUS & LINE_STATUS_DATA_READY) {
    char byte = *UART_DATA;
    if (byte == 'q') {
      put_text("\npower off\n");
      power_off();
    }
    if (byte == '\r') put_byte('\n');
    put_byte(byte);
  }
}

static void set_next_second(void) { *CLINT_MTIMECMP += TICKS_PER_SECOND; }

void start_timer(void) {
  *CLINT_MTIMECMP = *CLINT_MTIME;
  set_next_second();
  __asm__ volatile("csrs mie, %0" ::"r"(MIE_MTIE));
  __asm__ volatile("csrs mstatus, %0" ::"r"(MSTATUS_MIE));
}

void handle_trap(uint64_t cause, uint64_t pc) {
  if (cause == CAUSE_MACHINE_TIMER) {
    seconds++;
    set_next_second();
    return;
  }
  put_text("\ntrap ");
  put_hex(cause);
  put_text(" at ");
  put_hex(pc);
  put_text("\n");
  fail(1);
}

void power_off(void) {
  *TEST_FINISHER = FINISHER_PASS;
  for (;;) {
  }
}

void fail(uint16_t code) {
  *TEST_FINISHER = FINISHER_FAIL | (uint32_t)code << 16;
  for (;;) {
  }
}
