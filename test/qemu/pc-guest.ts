/** Where there is KVM. */
export const kvmOrTcg = ['-accel', 'kvm', '-accel', 'tcg'];

/**
 * A PC's whole firmware: from 16-bit code into 64-bit code, which says `6` on the serial port and then writes to 64 pages
 * from 0xe20000 on, again and again: a snapshot comes to these late. The bytes are those of GNU as.
 */
export function pcFirmware(): Uint8Array {
  const image = new Uint8Array(65_536);
  const bytes = code.flatMap((line) => line.slice(0, bytesWidth).trim().split(' '));
  image.set(bytes.map((byte) => Number.parseInt(byte, 16)));
  image.set([0xea, 0x00, 0x00, 0x00, 0xf0], resetVector); // jmp 0xf000:0
  return image;
}

/** The instructions of the loop, and where it is. */
export const pcLoop = {
  start: 0xf0077n,
  end: 0xf00a0n,
  get instructions(): readonly string[] {
    const first = code.findIndex((line) => line.includes('inc '));
    const last = code.findIndex((line) => line.includes('jne '));
    return code.slice(first, last + 1).map((line) => line.slice(bytesWidth).trim().replaceAll(/ +/g, ' '));
  },
};

const resetVector = 0xfff0;
const bytesWidth = 30;
const code = [
  'fa                             cli',
  '66 2e 0f 01 16 c0 00           lgdtl  cs:[0xc0]',
  '66 c7 06 00 10 03 20 00 00     mov    dword ptr [0x1000], 0x2003 # PML4',
  '66 c7 06 00 20 03 30 00 00     mov    dword ptr [0x2000], 0x3003',
  '66 c7 06 00 30 83 00 00 00     mov    dword ptr [0x3000], 0x83   # 2 MiB from 0 on',
  '66 c7 06 08 30 83 00 e0 00     mov    dword ptr [0x3008], 0xe00083 # 2 MiB from 14 MiB on',
  '66 b8 20 02 00 00              mov    eax, 0x220',
  '0f 22 e0                       mov    cr4, eax                   # OSFXSR, PAE',
  '66 b8 00 10 00 00              mov    eax, 0x1000',
  '0f 22 d8                       mov    cr3, eax',
  '66 b9 80 00 00 c0              mov    ecx, 0xc0000080            # EFER',
  '66 b8 00 01 00 00              mov    eax, 0x100                 # LME',
  '66 31 d2                       xor    edx, edx',
  '0f 30                          wrmsr',
  '66 b8 11 00 00 80              mov    eax, 0x80000011',
  '0f 22 c0                       mov    cr0, eax                   # PG, ET, PE',
  '66 ea 60 00 0f 00 08 00        jmp    8:0xf0060',
  'ba f8 03 00 00                 mov    edx, 0x3f8',
  'b0 36                          mov    al, 0x36',
  'ee                             out    dx, al',
  '49 bf 88 77 66 55 44 33 22 11  movabs r15, 0x1122334455667788',
  '66 49 0f 6e df                 movq   xmm3, r15',
  '48 ff 04 25 00 00 01 00        inc    qword ptr [0x10000]',
  '48 8b 04 25 00 00 01 00        mov    rax, qword ptr [0x10000]',
  '83 e0 3f                       and    eax, 0x3f',
  'c1 e0 0c                       shl    eax, 0xc',
  'c6 80 00 00 22 00 01           mov    byte ptr [rax + 0x220000], 1',
  '48 8d 0d dc ff ff ff           lea    rcx, [rip - 0x24]',
  '4c 39 f9                       cmp    rcx, r15',
  '75 d7                          jne    0xf0077',
  '0f 0b                          ud2',
  '0f 1f 80 00 00 00 00           nop    dword ptr [rax]',
  '0f 1f 80 00 00 00 00           nop    dword ptr [rax]',
  '00 00 00 00 00 00 00 00        .quad  0',
  'ff ff 00 00 00 9b af 00        .quad  0x00af9b000000ffff         # 64-bit code',
  '0f 00 b0 00 0f 00              .word  15; .long 0xf00b0          # the table of these two',
];
