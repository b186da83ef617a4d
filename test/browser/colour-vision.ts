/** Colours as people see them who lack one kind of cone, and how far apart two colours are. */

type Triple = readonly [number, number, number];

/**
 * On linear RGB. Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision
 * Deficiency", 2009, severity 1.
 */
export const colourVision = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
} as const satisfies Record<string, readonly [Triple, Triple, Triple]>;

/** `#rrggbb` as CIE L*a*b* (D65), seen by such eyes. */
export function labOf(hex: string, vision: keyof typeof colourVision): Triple {
  const linear = [1, 3, 5].map((at) => linearOf(Number.parseInt(hex.slice(at, at + 2), 16) / 255)) as unknown as Triple;
  const seen = colourVision[vision].map((row) => Math.min(1, Math.max(0, dot(row, linear)))) as unknown as Triple;
  const x = curved(dot([0.4124564, 0.3575761, 0.1804375], seen) / 0.95047);
  const y = curved(dot([0.2126729, 0.7151522, 0.072175], seen));
  const z = curved(dot([0.0193339, 0.119192, 0.9503041], seen) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function linearOf(part: number): number {
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}

function curved(t: number): number {
  return t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116;
}

function dot(a: Triple, b: Triple): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/** CIEDE2000: 1 is about what can just be told apart, side by side and large. (Sharma, Wu and Dalal, 2005.) */
export function differenceOf([l1, a1, b1]: Triple, [l2, a2, b2]: Triple): number {
  const pow7 = (c: number) => Math.sqrt(c ** 7 / (c ** 7 + 25 ** 7));
  const stretch = 1 + 0.5 * (1 - pow7((Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2));
  const c1 = Math.hypot(a1 * stretch, b1);
  const c2 = Math.hypot(a2 * stretch, b2);
  const h1 = hueOf(b1, a1 * stretch);
  const h2 = hueOf(b2, a2 * stretch);
  const isGrey = c1 * c2 === 0;
  let turn = isGrey ? 0 : h2 - h1;
  if (turn > 180) turn -= 360;
  if (turn < -180) turn += 360;
  const dH = 2 * Math.sqrt(c1 * c2) * sin(turn / 2);
  const lMean = (l1 + l2) / 2;
  const cMean = (c1 + c2) / 2;
  const far = Math.abs(h1 - h2) > 180;
  const hMean = isGrey ? h1 + h2 : far ? (h1 + h2 + (h1 + h2 < 360 ? 360 : -360)) / 2 : (h1 + h2) / 2;
  const t = 1 - 0.17 * cos(hMean - 30) + 0.24 * cos(2 * hMean) + 0.32 * cos(3 * hMean + 6) - 0.2 * cos(4 * hMean - 63);
  const lTerm = (l2 - l1) / (1 + (0.015 * (lMean - 50) ** 2) / Math.sqrt(20 + (lMean - 50) ** 2));
  const cTerm = (c2 - c1) / (1 + 0.045 * cMean);
  const hTerm = dH / (1 + 0.015 * cMean * t);
  const rotation = -sin(60 * Math.exp(-(((hMean - 275) / 25) ** 2))) * 2 * pow7(cMean);
  return Math.sqrt(lTerm ** 2 + cTerm ** 2 + hTerm ** 2 + rotation * cTerm * hTerm);
}

function hueOf(b: number, a: number): number {
  return a === 0 && b === 0 ? 0 : ((Math.atan2(b, a) * 180) / Math.PI + 360) % 360;
}

function sin(degrees: number): number {
  return Math.sin((degrees * Math.PI) / 180);
}

function cos(degrees: number): number {
  return Math.cos((degrees * Math.PI) / 180);
}
