# Calls that end in other ways than by a return, and sleep.
    .globl _start
    .type _start, @function
_start:
    la      sp, stack
    la      t0, handler
    csrw    mtvec, t0
    li      a0, 1
    call    far
behind_far:
    li      a0, 2
    ecall
behind_ecall:
    lw      a1, 1(zero)                     # no memory: the handler passes over it
behind_load:
    li      t0, 0x200bff8                   # a timer for WFI
    ld      t1, 0(t0)
    addi    t1, t1, 50
    li      t0, 0x2004000
    sd      t1, 0(t0)
    li      t0, 0x80                        # MTIE, while MIE is off
    csrw    mie, t0
asleep:
    wfi
awake:
    csrsi   mstatus, 8
    nop
    csrci   mstatus, 8
    call    never
    .size _start, . - _start

    .type far, @function                    # leaves for _start from two frames below
far:
    addi    sp, sp, -16
    sd      ra, 0(sp)
    mv      s2, sp
    call    nearer
    nop
    ld      ra, 0(sp)
    addi    sp, sp, 16
    ret
    .size far, . - far

    .type nearer, @function
nearer:
    addi    sp, sp, -32
    sd      ra, 0(sp)
    mv      sp, s2
    ld      ra, 0(sp)
    addi    sp, sp, 16
    jr      ra
    .size nearer, . - nearer

    .type never, @function
never:
    j       never
    .size never, . - never

    .type handler, @function
    .balign 4
handler:
    addi    sp, sp, -32
    sd      t0, 0(sp)
    sd      t1, 8(sp)
    csrr    t0, mcause
    bltz    t0, 1f
    csrr    t0, mepc
    addi    t0, t0, 4
    csrw    mepc, t0
    j       2f
1:  li      t0, 0x2004000
    li      t1, -1
    sd      t1, 0(t0)
2:  ld      t0, 0(sp)
    ld      t1, 8(sp)
    addi    sp, sp, 32
    mret
    .size handler, . - handler

    .balign 16
    .space  4096
stack:
