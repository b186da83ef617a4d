// Virtio devices by the legacy MMIO interface, one request at a time, polled: Virtual I/O Device 1.2, sections 2.7 (split
// virtqueues) and 4.2.4 (legacy MMIO).
#pragma once

#include <stdint.h>

#define QUEUE_SIZE 8

struct descriptor {
  uint64_t address;
  uint32_t length;
  uint16_t flags;
  uint16_t next;
};

#define DESCRIPTOR_NEXT 1
#define DESCRIPTOR_WRITE 2

struct virtqueue {
  struct descriptor descriptors[QUEUE_SIZE];
  struct {
    uint16_t flags;
    uint16_t index;
    uint16_t ring[QUEUE_SIZE];
  } available;
  struct {
    uint16_t flags;
    uint16_t index;
    struct {
      uint32_t id;
      uint32_t length;
    } ring[QUEUE_SIZE];
  } used __attribute__((aligned(4096)));
} __attribute__((aligned(4096)));

// The slot of the first device of this kind, ready with its queue 0; or 0.
uint64_t virtio_open(uint32_t device_id, struct virtqueue *queue);

// Hands over the chain that begins with descriptor 0, and waits until it has been used.
void virtio_perform(uint64_t slot, struct virtqueue *queue);
