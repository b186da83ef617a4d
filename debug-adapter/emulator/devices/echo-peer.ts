const ethernet = { destination: 0, source: 6, type: 12, byteCount: 14 };
const etherType = { ipv4: 0x0800, arp: 0x0806 };
/** ARP for IPv4 over Ethernet (RFC 826), offsets in the frame. */
const arp = { operation: 20, senderMac: 22, senderIp: 28, targetMac: 32, targetIp: 38, byteCount: 42 };
const [arpRequest, arpReply] = [1, 2];
/** Locally administered. */
const mac = Uint8Array.of(0x02, 0, 0, 0, 0, 0x01);
const icmp = 1;
const [echoReply, echoRequest] = [0, 8];
const ipv4 = { headerByteCountMin: 20, protocol: 9, source: 12, destination: 16 };

/**
 * The machine at the other end of the wire: it has every address that is asked for, and answers to pings. What it says
 * depends on the frame alone.
 */
export function echoPeer(frame: Uint8Array): readonly Uint8Array[] {
  if (frame.length < ethernet.byteCount) return [];
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  switch (view.getUint16(ethernet.type)) {
    case etherType.arp:
      return isArpRequest(view, frame) ? [arpAnswer(frame)] : [];
    case etherType.ipv4:
      return echo(frame);
    default:
      return [];
  }
}

/** Not who asks whether anybody else has its own address. */
function isArpRequest(view: DataView, frame: Uint8Array): boolean {
  if (frame.length < arp.byteCount || view.getUint16(arp.operation) !== arpRequest) return false;
  const sender = frame.subarray(arp.senderIp, arp.senderIp + 4);
  const target = frame.subarray(arp.targetIp, arp.targetIp + 4);
  return sender.some((byte, index) => byte !== 0 && byte !== target[index]);
}

function arpAnswer(frame: Uint8Array): Uint8Array {
  const answer = turned(frame.subarray(0, arp.byteCount));
  answer[arp.operation + 1] = arpReply;
  answer.set(mac, arp.senderMac);
  answer.set(frame.subarray(arp.targetIp, arp.targetIp + 4), arp.senderIp);
  answer.set(frame.subarray(arp.senderMac, arp.senderMac + 6), arp.targetMac);
  answer.set(frame.subarray(arp.senderIp, arp.senderIp + 4), arp.targetIp);
  return answer;
}

/** RFC 792: the request with its addresses exchanged, as a reply. */
function echo(frame: Uint8Array): readonly Uint8Array[] {
  const packet = frame.subarray(ethernet.byteCount);
  const headerByteCount = 4 * ((packet[0] ?? 0) & 0x0f);
  if (headerByteCount < ipv4.headerByteCountMin || packet[ipv4.protocol] !== icmp) return [];
  if (packet[headerByteCount] !== echoRequest || packet.length < headerByteCount + 8) return [];
  const answer = turned(frame);
  const reply = answer.subarray(ethernet.byteCount);
  reply.set(packet.subarray(ipv4.source, ipv4.source + 4), ipv4.destination);
  reply.set(packet.subarray(ipv4.destination, ipv4.destination + 4), ipv4.source);
  reply[headerByteCount] = echoReply;
  // The checksum is the complement of the sum, which is less by the request's type in its upper byte.
  const view = new DataView(reply.buffer, reply.byteOffset + headerByteCount);
  const sum = view.getUint16(2) + (echoRequest << 8);
  view.setUint16(2, (sum & 0xffff) + (sum >> 16));
  return [answer];
}

function turned(frame: Uint8Array): Uint8Array {
  const answer = frame.slice();
  answer.set(frame.subarray(ethernet.source, ethernet.source + 6), ethernet.destination);
  answer.set(mac, ethernet.source);
  return answer;
}
