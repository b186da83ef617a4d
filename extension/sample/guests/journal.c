// Keeps a journal on a virtio disk: each round writes its number to one of two sectors in turn, and looks whether the other
// one still holds the round before. So the guest notices when it is restored from a snapshot beside a disk that has moved
// on, or that was never written.
#include "board/board.h"
#include "board/virtio-block.h"

#define ENTRIES 2

static uint64_t sector[SECTOR_SIZE / sizeof(uint64_t)] __attribute__((aligned(4096)));

static uint64_t read_entry(uint64_t index) {
  block_read(index, sector);
  return sector[0];
}

static void check(uint64_t on_disk) {
  if (on_disk == counter) return;
  put_text("journal: the disk says ");
  put_decimal(on_disk);
  put_text(", memory says ");
  put_decimal(counter);
  put_text(": they are not of one instant\n");
  fail(2);
}

__attribute__((noinline)) void write_round(uint64_t round) {
  sector[0] = round;
  block_write(round % ENTRIES, sector);
  check(read_entry(counter % ENTRIES));
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
  for (uint64_t index = 0; index < ENTRIES; index++) {
    uint64_t round = read_entry(index);
    if (round > counter) counter = round;
  }
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
