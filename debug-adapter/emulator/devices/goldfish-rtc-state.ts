import { uint32, uint64 } from '../../vmstate/field-layouts';
import { bigint, flag, number, stateCodec } from '../../vmstate/state-codec';

/** Goldfish RTC. Times in ns since 1970, unsigned 64 bits. */
export interface RtcState {
  /** Its time less the guest's virtual clock. */
  readonly tickOffset: bigint;
  readonly alarmNext: bigint;
  readonly alarmRunning: boolean;
  readonly irqPending: boolean;
  readonly irqEnabled: boolean;
  /** The high half as the last read of the low half latched it. */
  readonly timeHigh: number;
}

/**
 * QEMU's hw/rtc/goldfish_rtc.c. The clock behind its RTC is the host's, ours the virtual one: `tick_offset_vmstate` is the
 * offset against the virtual clock in both. `tick_offset` is against QEMU's own, from which a restored guest goes on: 0 is
 * the true time.
 */
export const rtcCodec = stateCodec<RtcState>(
  'goldfish_rtc',
  3,
  {
    tickOffset: bigint(uint64('tick_offset_vmstate')),
    alarmNext: bigint(uint64('alarm_next')),
    alarmRunning: flag(uint32('alarm_running')),
    irqPending: flag(uint32('irq_pending')),
    irqEnabled: flag(uint32('irq_enabled')),
    timeHigh: number(uint32('time_high')),
  },
  { zeros: [uint64('tick_offset')] },
);
