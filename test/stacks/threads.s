# Three threads for two harts: at each timer interrupt a hart puts its thread into a queue of one and takes the one that was
# there. All of them run the same recursion, so that only their stacks tell them apart.
    .globl _start
    .type _start, @function
_start:
    la      t0, trap
    csrw    mtvec, t0
    csrr    t1, mhartid
    la      sp, stacks
    addi    t2, t1, 1
    slli    t2, t2, 12
    add     sp, sp, t2
    bnez    t1, 1f
    la      t3, stacks + 3 * 4096 - 256     # the third thread, as if it had been interrupted
    la      t4, worker
    sd      t4, 0(t3)
    la      t5, queue
    sd      t3, 0(t5)
1:  call    set_timer
    li      t0, 0x80                        # MTIE
    csrw    mie, t0
    csrsi   mstatus, 8                      # MIE
    call    worker
    .size _start, . - _start

    .type worker, @function
worker:
    li      a0, 6
call:
    call    sum
    addi    s1, s1, 1
    j       worker
    .size worker, . - worker

    .type sum, @function                    # sum(n) = n + sum(n - 1)
sum:
    addi    sp, sp, -16
    sd      ra, 8(sp)
    sd      a0, 0(sp)
    beqz    a0, base
    addi    a0, a0, -1
    call    sum
back:
    ld      t0, 0(sp)
    add     a0, a0, t0
base:
    ld      ra, 8(sp)
    addi    sp, sp, 16
    ret
    .size sum, . - sum

    .type set_timer, @function              # to 2 us from now
set_timer:
    li      t0, 0x200bff8
    ld      t1, 0(t0)
    addi    t1, t1, 20
    csrr    t2, mhartid
    slli    t2, t2, 3
    li      t0, 0x2004000
    add     t0, t0, t2
    sd      t1, 0(t0)
    ret
    .size set_timer, . - set_timer

    .type trap, @function
    .balign 4
trap:
    addi    sp, sp, -256
    .irp    n, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    sd      x\n, 8 * \n(sp)
    .endr
    csrr    t0, mepc
    sd      t0, 0(sp)
    call    set_timer
    la      t1, queue
    mv      t0, sp
1:  amoswap.d.aqrl t0, t0, (t1)
    beqz    t0, 1b
    mv      sp, t0
    ld      t0, 0(sp)
    csrw    mepc, t0
    li      t0, 0x1880                      # MPP: M, MPIE
    csrs    mstatus, t0
    .irp    n, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    ld      x\n, 8 * \n(sp)
    .endr
    addi    sp, sp, 256
    mret
    .size trap, . - trap

    .balign 8
queue:
    .dword  0
    .balign 4096
stacks:
    .space  3 * 4096
