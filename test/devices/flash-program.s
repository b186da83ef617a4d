# A firmware in a bank of flash. It writes to the other bank by the commands of the chip and prints what it finds: in M-mode
# on the UART, in S-mode, which NEXT_STAGE says, by OpenSBI.
        .option norvc
        .equ    uart, 0x10000000
        .equ    finisher, 0x100000
        .equ    bank_size, 0x2000000
        .globl  _start
_start:
        mv      s0, a0
        mv      s1, a1
        li      t0, 200000              # long enough for a snapshot to begin before
0:      addi    t0, t0, -1
        bnez    t0, 0b
        lla     a0, where
        call    print
        auipc   a0, 0
        call    print_hex               # where it runs
        mv      a0, s0
        call    print_hex               # mhartid
        lwu     a0, 0(s1)
        call    print_hex               # the device tree's magic
        lla     s2, _start
        li      t0, bank_size
        xor     s2, s2, t0
        ld      a0, 0(s2)
        call    print_hex               # the other bank's image
        li      t0, 0x40                # program a word
        sw      t0, 8(s2)
        li      t0, 0x12345678
        sw      t0, 8(s2)
        lwu     a0, 8(s2)
        call    print_hex               # status
        li      t0, 0xff
        sw      t0, 0(s2)
        ld      a0, 8(s2)
        call    print_hex               # what it holds now
        li      t0, 0x20                # erase a sector
        li      s3, 0x40000
        add     s3, s3, s2
        sw      t0, 0(s3)
        li      t0, 0xd0
        sw      t0, 0(s3)
        li      t0, 0xff
        sw      t0, 0(s3)
        ld      a0, 16(s3)
        call    print_hex
        li      t0, bank_size
        lla     t1, _start
        add     t0, t0, t1
        ld      a0, -8(t0)
        call    print_hex               # the last bytes of its own bank
        lla     a0, done
        call    print
        lla     t0, next_stage
        lw      t0, 0(t0)
        bnez    t0, 1f
        li      t0, finisher
        li      t1, 0x5555
        sw      t1, 0(t0)
1:      li      a7, 8                   # SBI: shutdown
        ecall
        j       .

print:
        mv      t5, ra
        mv      t4, a0
2:      lbu     a0, 0(t4)
        beqz    a0, 3f
        call    put
        addi    t4, t4, 1
        j       2b
3:      mv      ra, t5
        ret

print_hex:
        mv      t5, ra
        mv      t4, a0
        li      t3, 60
4:      srl     a0, t4, t3
        andi    a0, a0, 15
        addi    a0, a0, '0'
        li      t0, '9'
        ble     a0, t0, 5f
        addi    a0, a0, 'a' - '9' - 1
5:      call    put
        addi    t3, t3, -4
        bgez    t3, 4b
        li      a0, ' '
        call    put
        mv      ra, t5
        ret

put:
        lla     t0, next_stage
        lw      t0, 0(t0)
        bnez    t0, 6f
        li      t0, uart
        sb      a0, 0(t0)
        ret
6:      li      a7, 1                   # SBI: console putchar
        ecall
        ret

        .balign 8
        .globl  next_stage
next_stage:
        .word   NEXT_STAGE
where:
        .asciz  "flash: "
done:
        .asciz  "end of flash\n"
