// Virtual I/O Device 1.2: sections 2.7 (split virtqueues), 4.2.4 (legacy MMIO), 5.2 (block device).
#include "virtio-block.h"

#include "board.h"

#define SLOT_BASE 0x10001000ul
#define SLOT_SIZE 0x1000ul
#define SLOT_COUNT 8
#define MAGIC 0x74726976
#define DEVICE_BLOCK 2

#define REG_MAGIC 0x00
#define REG_DEVICE_ID 0x08
#define REG_GUEST_FEATURES 0x20
#define REG_GUEST_PAGE_SIZE 0x28
#define REG_QUEUE_SEL 0x30
#define REG_QUEUE_NUM 0x38
#define REG_QUEUE_ALIGN 0x3c
#define REG_QUEUE_PFN 0x40
#define REG_QUEUE_NOTIFY 0x50
#define REG_STATUS 0x70

#define STATUS_ACKNOWLEDGE 1
#define STATUS_DRIVER 2
#define STATUS_DRIVER_OK 4

#define QUEUE_SIZE 8
#define FLAG_NEXT 1
#define FLAG_WRITE 2
#define NO_INTERRUPT 1

#define REQUEST_IN 0
#define REQUEST_OUT 1

struct descriptor {
  uint64_t address;
  uint32_t length;
  uint16_t flags;
  uint16_t next;
};

struct available {
  uint16_t flags;
  uint16_t index;
  uint16_t ring[QUEUE_SIZE];
};

struct used {
  uint16_t flags;
  uint16_t index;
  struct {
    uint32_t id;
    uint32_t length;
  } ring[QUEUE_SIZE];
};

// Both rings have a page of their own, and what the device writes is not in one with what the driver writes.
static struct {
  struct descriptor descriptors[QUEUE_SIZE];
  struct available available;
  struct used used __attribute__((aligned(4096)));
} queue __attribute__((aligned(4096)));

static struct {
  uint32_t type;
  uint32_t reserved;
  uint64_t sector;
} header;

static volatile uint8_t status __attribute__((aligned(64)));
static uint64_t slot;

static volatile uint32_t *reg(uint64_t offset) { return (volatile uint32_t *)(slot + offset); }

int block_open(void) {
  for (slot = SLOT_BASE; slot < SLOT_BASE + SLOT_COUNT * SLOT_SIZE; slot += SLOT_SIZE) {
    if (*reg(REG_MAGIC) == MAGIC && *reg(REG_DEVICE_ID) == DEVICE_BLOCK) break;
  }
  if (slot == SLOT_BASE + SLOT_COUNT * SLOT_SIZE) return 0;
  *reg(REG_STATUS) = 0;
  *reg(REG_STATUS) = STATUS_ACKNOWLEDGE | STATUS_DRIVER;
  *reg(REG_GUEST_FEATURES) = 0;
  *reg(REG_GUEST_PAGE_SIZE) = PAGE_SIZE;
  *reg(REG_QUEUE_SEL) = 0;
  *reg(REG_QUEUE_NUM) = QUEUE_SIZE;
  *reg(REG_QUEUE_ALIGN) = PAGE_SIZE;
  *reg(REG_QUEUE_PFN) = (uint64_t)&queue / PAGE_SIZE;
  queue.available.flags = NO_INTERRUPT;
  *reg(REG_STATUS) = STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_DRIVER_OK;
  return 1;
}

static void fence(void) { __asm__ volatile("fence" ::: "memory"); }

static void perform(uint32_t type, uint64_t sector, const void *data) {
  header.type = type;
  header.sector = sector;
  status = 0xff;
  queue.descriptors[0] = (struct descriptor){(uint64_t)&header, sizeof(header), FLAG_NEXT, 1};
  uint16_t data_flags = FLAG_NEXT | (type == REQUEST_IN ? FLAG_WRITE : 0);
  queue.descriptors[1] = (struct descriptor){(uint64_t)data, SECTOR_SIZE, data_flags, 2};
  queue.descriptors[2] = (struct descriptor){(uint64_t)&status, 1, FLAG_WRITE, 0};
  uint16_t index = queue.available.index;
  queue.available.ring[index % QUEUE_SIZE] = 0;
  fence();
  queue.available.index = ++index;
  fence();
  *reg(REG_QUEUE_NOTIFY) = 0;
  while (*(volatile uint16_t *)&queue.used.index != index) {
  }
  fence();
  if (status == 0) return;
  put_text("virtio-block: error ");
  put_decimal(status);
  put_text("\n");
  fail(4);
}

void block_read(uint64_t sector, void *data) { perform(REQUEST_IN, sector, data); }

void block_write(uint64_t sector, const void *data) { perform(REQUEST_OUT, sector, data); }
