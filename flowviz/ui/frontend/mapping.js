// The one way from the world to pixels: whatever is drawn, pointed at or highlighted goes through it.
// The plane's is linear; the volume's is a camera with a gentle perspective, the twin of flowviz/scene/camera.py;
// pictures and series stand in a sheet, wherever they are (tiles.js, lines.js).

import { ruled } from "./lines.js";
import { tiled } from "./tiles.js";

export const DISTANCE = 7, FIT = 1.62, LIFT = .13, NEAREST = .5, DEEP = 1.3, FOG = .68, SMALL = .7, LARGE = 1.3;

/** Spaces whose samples have no place among one another, each with the mapping of its sheet. */
export const SHEETS = { image: tiled, signal: ruled };

/** The mapping of a frame for scenes of a space. `box` is the plot area in the pixels that are wanted. */
export function mappingOf(space, box, frame) {
  if (SHEETS[space]) return SHEETS[space](box);
  return space === "volume" ? solid(box, frame.cube, frame.camera) : flat(box, frame.range);
}

/**
 * Both kinds have `d`, the number of coordinates, and `project(points, out)`: flat arrays of d coordinates each become
 * x, y and how near (0 to 1; always 1 in the plane) in turn.
 */
export function flat(box, [x0, x1, y0, y1]) {
  const sx = box.width / (x1 - x0), sy = -box.height / (y1 - y0), ox = box.left - x0 * sx, oy = box.top - y1 * sy;
  return {
    d: 2, sx, sy, ox, oy,
    project(points, out) {
      for (let i = 0, o = 0; i < points.length; i += 2, o += 3) {
        out[o] = ox + points[i] * sx;
        out[o + 1] = oy + points[i + 1] * sy;
        out[o + 2] = 1;
      }
      return out;
    },
  };
}

export function solid(box, cube, { azimuth, elevation, zoom }) {
  const a = azimuth * Math.PI / 180, e = elevation * Math.PI / 180, ca = Math.cos(a), sa = Math.sin(a), ce = Math.cos(e), se = Math.sin(e);
  const [mx, my, mz] = [0, 2, 4].map(i => (cube[i] + cube[i + 1]) / 2);
  const half = Math.max(...[0, 2, 4].map(i => cube[i + 1] - cube[i])) / 2;
  const room = Math.min(box.width, box.height) / 2, gain = zoom * DISTANCE / FIT * room;
  // Moved up a little: the near edges of the cube reach further down than the far ones up.
  const cx = box.left + box.width / 2, cy = box.top + box.height / 2 - zoom * LIFT * Math.sin(2 * e) * room;
  return {
    d: 3, eye: [ce * ca, ce * sa, se],
    project(points, out) {
      for (let i = 0; i < points.length; i += 3) {
        const x = (points[i] - mx) / half, y = (points[i + 1] - my) / half, z = (points[i + 2] - mz) / half;
        const depth = ce * (ca * x + sa * y) + se * z, left = DISTANCE - depth, scale = left > NEAREST ? gain / left : NaN;
        out[i] = cx + (ca * y - sa * x) * scale;
        out[i + 1] = cy - (ce * z - se * (ca * x + sa * y)) * scale;
        out[i + 2] = Math.min(1, Math.max(0, .5 + depth / (2 * DEEP)));
      }
      return out;
    },
  };
}

/** One point as [x, y, near]. */
export const at = (map, point) => map.project(point, [0, 0, 0]);

/** The share of its own colour that something shows: less the further away it is. */
export const shade = near => 1 - FOG * (1 - near);

/** The size of a marker, in usual sizes. */
export const sizeOf = near => SMALL + (LARGE - SMALL) * near;
