// The first virtio-mmio block device, by the legacy interface, one request at a time, polled.
#pragma once

#include <stdint.h>

#define SECTOR_SIZE 512

// False when there is none.
int block_open(void);

// One sector. An error of the disk ends the guest.
void block_read(uint64_t sector, void *data);
void block_write(uint64_t sector, const void *data);
