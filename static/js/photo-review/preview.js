// What a region looks like once the blur is burnt in: a mosaic of at most eight blocks, a little larger than the region.

const BLOCKS = 8;
const LEAST_BLOCK_PX = 8;
const MARGIN = 0.1;

/** The mosaic of a box of an image as a canvas, and the box with its margin. */
export function previewOf(image, box) {
  const [wide, high] = [image.naturalWidth, image.naturalHeight];
  const margin = MARGIN * Math.max((box.right - box.left) * wide, (box.bottom - box.top) * high);
  const grown = {
    left: Math.max(0, box.left - margin / wide),
    right: Math.min(1, box.right + margin / wide),
    top: Math.max(0, box.top - margin / high),
    bottom: Math.min(1, box.bottom + margin / high),
  };
  const [w, h] = [(grown.right - grown.left) * wide, (grown.bottom - grown.top) * high];
  const across = Math.max(1, Math.min(BLOCKS, Math.floor(Math.max(w, h) / LEAST_BLOCK_PX)));
  const canvas = document.createElement("canvas");
  canvas.className = "review-preview";
  canvas.width = Math.max(1, Math.round((w * across) / Math.max(w, h)));
  canvas.height = Math.max(1, Math.round((h * across) / Math.max(w, h)));
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(image, grown.left * wide, grown.top * high, w, h, 0, 0, canvas.width, canvas.height);
  return { canvas, grown };
}
