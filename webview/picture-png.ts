import type { PictureSize } from './picture';

/** A picture as pixels, base64. Twice as fine, for screens that show more than one pixel for each. */
export async function pngOf(svg: string, { widthPx, heightPx }: PictureSize): Promise<string> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  const scale = 2;
  canvas.width = widthPx * scale;
  canvas.height = heightPx * scale;
  canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL('image/png').replace(/^data:image\/png;base64,/, '');
}
