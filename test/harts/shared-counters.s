# Harts that share counters: by AMO, by LR/SC, by plain loads and stores under a spin lock; that write to a window of
# pages, send each other interprocessor interrupts and sleep until a timer. When all have done their rounds and every
# interrupt has arrived, hart 0 powers off. What the counters must hold then is known; when each event comes is not.
        .option norvc
        .equ    clint, 0x2000000
        .equ    finisher, 0x100000
        .globl  _start
_start:
        la      t0, handler
        csrw    mtvec, t0
        csrr    s0, mhartid
        la      s1, harts
        lw      s2, 0(s1)               # harts
        lw      s3, 4(s1)               # rounds each
        lw      s4, 8(s1)               # mask of offsets in the window
        la      s5, counters
        la      s6, window
        li      s7, clint
        slli    s8, s0, 2
        add     s8, s8, s7              # own msip
        slli    s9, s0, 3
        add     s9, s9, s7
        li      t0, 0x4000
        add     s9, s9, t0              # own mtimecmp
        addi    s10, s0, 1
        bltu    s10, s2, 1f
        li      s10, 0
1:      li      t0, -1
        sd      t0, 0(s9)
        li      t0, 0x88                # MTIE, MSIE
        csrw    mie, t0
        csrsi   mstatus, 8
        slli    s11, s0, 12
        addi    s11, s11, 77            # a pseudo-random walk of its own
round:
        li      t0, 1
        amoadd.w zero, t0, (s5)
        addi    t1, s5, 8
2:      lr.d    t0, (t1)
        addi    t0, t0, 1
        sc.d    t2, t0, (t1)
        bnez    t2, 2b
        addi    t1, s5, 32              # the lock
        li      t0, 1
3:      amoswap.w.aq t2, t0, (t1)
        bnez    t2, 3b
        ld      t2, 16(s5)
        addi    t2, t2, 1
        sd      t2, 16(s5)
        fence   rw, w
        amoswap.w.rl zero, zero, (t1)
        li      t0, 1103515245
        mul     s11, s11, t0
        addi    s11, s11, 1234
        srli    t0, s11, 9
        and     t0, t0, s4
        add     t0, t0, s6
        li      t1, 1
        amoadd.d zero, t1, (t0)         # somewhere in the window
        andi    t0, s3, 3
        bnez    t0, 4f
        slli    t0, s10, 3              # a message for the next hart, and the interrupt that tells of it
        la      t1, boxes
        add     t0, t0, t1
        li      t1, 1
        amoadd.d zero, t1, (t0)
        addi    t0, s5, 40
        amoadd.d zero, t1, (t0)         # sent
        slli    t0, s10, 2
        add     t0, t0, s7
        sw      t1, 0(t0)
4:      andi    t0, s3, 15
        bnez    t0, 5f
        csrci   mstatus, 8              # sleeps for a microsecond or so
        li      t0, 0xbff8
        add     t0, t0, s7
        ld      t0, 0(t0)
        addi    t0, t0, 10
        sd      t0, 0(s9)
        wfi
        csrsi   mstatus, 8
5:      addi    s3, s3, -1
        bnez    s3, round
        li      t0, 1
        addi    t1, s5, 24
        amoadd.d zero, t0, (t1)         # done
        sw      t0, 0(s7)               # hart 0 may be asleep
sleep:
        csrci   mstatus, 8              # what arrives from here on ends WFI
        bnez    s0, 6f
        ld      t0, 24(s5)
        bne     t0, s2, 6f
        ld      t0, 40(s5)
        ld      t1, 48(s5)
        beq     t0, t1, end
6:      wfi
        csrsi   mstatus, 8
        j       sleep
end:
        li      t0, finisher
        li      t1, 0x5555
        sw      t1, 0(t0)
        j       .

        .align  2
handler:
        csrw    mscratch, t0
        csrr    t0, mcause
        andi    t0, t0, 4
        bnez    t0, timer
        sw      zero, 0(s8)             # then the box: who fills it after this sets msip again
        slli    t0, s0, 3
        la      tp, boxes
        add     tp, tp, t0
        amoswap.d tp, zero, (tp)
        addi    t0, s5, 48
        amoadd.d zero, tp, (t0)         # received
        beqz    tp, 7f
        li      t0, 1
        sw      t0, 0(s7)               # hart 0 looks again
7:      csrr    t0, mscratch
        mret
timer:
        li      t0, -1
        sd      t0, 0(s9)
        csrr    t0, mscratch
        mret

        .align  12
counters:
        .zero   64                      # AMO, LR/SC, under the lock, done, the lock, sent, received
boxes:  .zero   64
harts:  .word   1, 1, 0                 # harts, rounds each, mask: the test's to set
        .align  12
window: .zero   4
