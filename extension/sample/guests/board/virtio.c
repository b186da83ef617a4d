#include "virtio.h"

#include "board.h"

#define SLOT_BASE 0x10001000ul
#define SLOT_SIZE 0x1000ul
#define SLOT_COUNT 8
#define MAGIC 0x74726976

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

#define NO_INTERRUPT 1

static volatile uint32_t *reg(uint64_t slot, uint64_t offset) { return (volatile uint32_t *)(slot + offset); }

uint64_t virtio_open(uint32_t device_id, struct virtqueue *queue) {
  uint64_t slot = SLOT_BASE;
  while (*reg(slot, REG_MAGIC) != MAGIC || *reg(slot, REG_DEVICE_ID) != device_id) {
    slot += SLOT_SIZE;
    if (slot == SLOT_BASE + SLOT_COUNT * SLOT_SIZE) return 0;
  }
  *reg(slot, REG_STATUS) = 0;
  *reg(slot, REG_STATUS) = STATUS_ACKNOWLEDGE | STATUS_DRIVER;
  *reg(slot, REG_GUEST_FEATURES) = 0;
  *reg(slot, REG_GUEST_PAGE_SIZE) = PAGE_SIZE;
  *reg(slot, REG_QUEUE_SEL) = 0;
  *reg(slot, REG_QUEUE_NUM) = QUEUE_SIZE;
  *reg(slot, REG_QUEUE_ALIGN) = PAGE_SIZE;
  *reg(slot, REG_QUEUE_PFN) = (uint64_t)queue / PAGE_SIZE;
  queue->available.flags = NO_INTERRUPT;
  *reg(slot, REG_STATUS) = STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_DRIVER_OK;
  return slot;
}

static void fence(void) { __asm__ volatile("fence" ::: "memory"); }

void virtio_perform(uint64_t slot, struct virtqueue *queue) {
  uint16_t index = queue->available.index;
  queue->available.ring[index % QUEUE_SIZE] = 0;
  fence();
  queue->available.index = ++index;
  fence();
  *reg(slot, REG_QUEUE_NOTIFY) = 0;
  while (*(volatile uint16_t *)&queue->used.index != index) {
  }
  fence();
}
