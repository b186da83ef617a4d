// Keeps giving pages to a virtio balloon and taking them back: each round one of 256 pages goes to the host, which discards
// what it held, and is written again at once. (A driver that has not been told otherwise may do that without asking.)
#include "board/board.h"
#include "board/virtio.h"

#define DEVICE_BALLOON 5
#define PAGES 256

static struct virtqueue inflate;
static uint64_t slot;
// What goes to the host: the number of the page.
static uint32_t page_frame;

__attribute__((noinline)) void give_page(char *page) {
  page_frame = (uint64_t)page / PAGE_SIZE;
  inflate.descriptors[0] = (struct descriptor){(uint64_t)&page_frame, sizeof(page_frame), 0, 0};
  virtio_perform(slot, &inflate);
}

__attribute__((noinline)) void take_page(char *page, uint64_t round) {
  volatile uint64_t *words = (volatile uint64_t *)page;
  for (uint64_t word = 0; word < PAGE_SIZE / sizeof(uint64_t); word += 8) words[word] = round;
}

int main(void) {
  char *pages = image_end;
  slot = virtio_open(DEVICE_BALLOON, &inflate);
  if (!slot) {
    put_text("balloon: there is no virtio balloon\n");
    fail(3);
  }
  for (uint64_t page = 0; page < PAGES; page++) take_page(pages + page * PAGE_SIZE, 1);
  put_text("balloon: giving pages away and taking them back; type to see an echo, q to power off\n");
  start_timer();
  uint64_t reported = 0;
  for (;;) {
    char *page = pages + counter % PAGES * PAGE_SIZE;
    give_page(page);
    take_page(page, counter + 2);
    counter++;
    if (counter % 64 == 0) poll_keyboard();
    if (seconds != reported) {
      reported = seconds;
      put_text("round ");
      put_decimal(counter);
      put_text("\n");
    }
  }
}
