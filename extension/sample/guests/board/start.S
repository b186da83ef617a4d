# Reset comes here in M-mode with a0 = hart id and a1 = address of the device tree.
    .section .text.start, "ax"
    .globl _start
    .type _start, @function
_start:
    bnez    a0, park                # one hart is enough
    .option push
    .option norelax
    la      gp, __global_pointer$
    .option pop
    la      sp, stack_top
    la      t0, trap_entry
    csrw    mtvec, t0
    la      t0, bss_start
    la      t1, bss_end
1:  bgeu    t0, t1, 2f
    sd      zero, 0(t0)
    addi    t0, t0, 8
    j       1b
2:  mv      a0, a1
    call    main
    call    power_off
    .size _start, . - _start

    .globl park
    .type park, @function
park:
    wfi
    j       park
    .size park, . - park

# Keeps what the psABI lets a C function overwrite, calls handle_trap(mcause, mepc), goes back.
    .globl trap_entry
    .type trap_entry, @function
    .balign 4
trap_entry:
    addi    sp, sp, -128
    .set    slot, 0
    .irp    register, ra, t0, t1, t2, t3, t4, t5, t6, a0, a1, a2, a3, a4, a5, a6, a7
    sd      \register, slot(sp)
    .set    slot, slot + 8
    .endr
    csrr    a0, mcause
    csrr    a1, mepc
    call    handle_trap
    .set    slot, 0
    .irp    register, ra, t0, t1, t2, t3, t4, t5, t6, a0, a1, a2, a3, a4, a5, a6, a7
    ld      \register, slot(sp)
    .set    slot, slot + 8
    .endr
    addi    sp, sp, 128
    mret
    .size trap_entry, . - trap_entry
