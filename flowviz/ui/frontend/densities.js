// Hands densities that were counted after their picture to the player that shows it.

import { decodeDensities } from "./decode.js";
import { complete } from "./player.js";

export function mount({ data }) {
  complete(decodeDensities(data));
}
