// Keeps a journal on a virtio disk: each round writes its number to sector 0, reads it back, and only then counts it in
// memory. So disk and memory are never more than one apart, unless they are not of one instant: the guest notices when it
// is restored from a snapshot beside a disk that has moved on, or that was never written.
#include "board/board.h"
#include "board/virtio-block.h"

static uint64_t sector[SECTOR_SIZE / sizeof(uint64_t)] __attribute__((aligned(4096)));

static void check(uint64_t on_disk) {
  if (on_disk - counter <= 1) return;
  put_text("journal: the disk says ");
  put_decimal(on_disk);
  put_text(", memory says ");
  put_decimal(counter);
  put_text(": they are not of one instant\n");
  fail(2);
}

__attribute__((noinline)) void write_round(uint64_t round) {
  sector[0] = round;
  block_write(0, sector);
  sector[0] = 0;
  block_read(0, sector);
  check(sector[0]);
  counter = round;
}

static void report(void) {
  put_text("round ");
  put_decimal(counter);
  put_text(" after ");
  put_decimal(seconds);
  put_text(" s\n");
}

int main(void) {
  if (!block_open()) {
    put_text("journal: there is no virtio disk\n");
    fail(3);
  }
  block_read(0, sector);
  counter = sector[0];
  put_text("journal: from round ");
  put_decimal(counter);
  put_text(" on; type to see an echo, q to power off\n");
  start_timer();
  uint64_t reported = 0;
  for (;;) {
    write_round(counter + 1);
    if (counter % 64 == 0) poll_keyboard();
    if (seconds != reported) {
      reported = seconds;
      report();
    }
  }
}
