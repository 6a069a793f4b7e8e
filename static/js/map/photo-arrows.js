// Street photos as arrows: from zoom 15 on, each points where its picture looks.

const FROM_ZOOM = 15;
const SIZE = 26;
const SHARP = 3;
const ARROW = "M13 2.5 20.5 21 13 17 5.5 21Z";
const EDGE = "#ffffff"; // it stands out on dark ground, the colour on light one

/** The style layer of a kind of photos, beside those that the kind declares: none for other kinds. */
export function photoLayers(kind, source, opacity) {
  if (!kind.heading) return [];
  const colour = kind.style[0].paint["circle-color"];
  return [
    {
      id: `${kind.slug}-arrows`,
      type: "symbol",
      source,
      "source-layer": kind.slug,
      minzoom: FROM_ZOOM,
      filter: ["all", ["has", kind.heading], ["!=", ["get", "projection"], "equirectangular"]],
      layout: {
        "icon-image": `photo|${colour}`,
        "icon-size": ["interpolate", ["linear"], ["zoom"], FROM_ZOOM, 0.6, 18, 1.1],
        "icon-rotate": ["get", kind.heading],
        "icon-rotation-alignment": "map",
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
      },
      paint: { "icon-opacity": opacity },
    },
  ];
}

/** The image of an arrow of the colour that stands in its name. */
export function arrowImage(colour) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE * SHARP;
  const context = canvas.getContext("2d");
  context.scale(SHARP, SHARP);
  const path = new Path2D(ARROW);
  context.lineJoin = "round";
  context.lineWidth = 3;
  context.strokeStyle = EDGE;
  context.stroke(path);
  context.fillStyle = colour;
  context.fill(path);
  return { data: context.getImageData(0, 0, canvas.width, canvas.height), pixelRatio: SHARP };
}
