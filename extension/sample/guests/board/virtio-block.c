// Virtual I/O Device 1.2, section 5.2.
#include "virtio-block.h"

#include "board.h"
#include "virtio.h"

#define DEVICE_BLOCK 2
#define REQUEST_IN 0
#define REQUEST_OUT 1

static struct virtqueue queue;

static struct {
  uint32_t type;
  uint32_t reserved;
  uint64_t sector;
} header;

static volatile uint8_t status;
static uint64_t slot;

int block_open(void) {
  slot = virtio_open(DEVICE_BLOCK, &queue);
  return slot != 0;
}

static void perform(uint32_t type, uint64_t sector, const void *data) {
  header.type = type;
  header.sector = sector;
  status = 0xff;
  queue.descriptors[0] = (struct descriptor){(uint64_t)&header, sizeof(header), DESCRIPTOR_NEXT, 1};
  uint16_t data_flags = DESCRIPTOR_NEXT | (type == REQUEST_IN ? DESCRIPTOR_WRITE : 0);
  queue.descriptors[1] = (struct descriptor){(uint64_t)data, SECTOR_SIZE, data_flags, 2};
  queue.descriptors[2] = (struct descriptor){(uint64_t)&status, 1, DESCRIPTOR_WRITE, 0};
  virtio_perform(slot, &queue);
  if (status == 0) return;
  put_text("virtio-block: error ");
  put_decimal(status);
  put_text("\n");
  fail(4);
}

void block_read(uint64_t sector, void *data) { perform(REQUEST_IN, sector, data); }

void block_write(uint64_t sector, const void *data) { perform(REQUEST_OUT, sector, data); }
