# The guest of some captures: counts in the first byte of each of 64 pages (2,000 for `xbzrle`), for ever.
# riscv64-unknown-elf-gcc -nostdlib -Ttext=0x80000000 count.s, then objcopy -O binary
.globl _start
_start:
    li s0, 0x80010000
again:
    li t1, 64
    mv t0, s0
page:
    lbu t2, 0(t0)
    addi t2, t2, 1
    sb t2, 0(t0)
    li t3, 4096
    add t0, t0, t3
    addi t1, t1, -1
    bnez t1, page
    j again
