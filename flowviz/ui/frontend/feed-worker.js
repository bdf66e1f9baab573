// The feed's socket, in a thread of its own: what arrives is unpacked here, so that the page only draws.

import { inflate } from "./compact.js";
import { decode } from "./decode.js";

const QUIET = 25_000;  // the server sends a sign of life every 10 s
const UNKNOWN = 4404, CROWDED = 1013;
let socket = null, address = "", tries = 0, heard = 0, timer = 0, over = false;

self.onmessage = ({ data }) => {
  if (data.address) {
    address = data.address;
    connect();
  }
  if (data.end) end();
  // The page was seen again, or the network is back: a socket that has been silent meanwhile may be dead without knowing.
  if (data.look && !over && (!alive() || Date.now() - heard > 12_000)) connect();
};

/** A socket that is closed while it opens is an error on the console: it is let open first. */
function end() {
  over = true;
  clearTimeout(timer);
  if (!alive()) return self.close();
  socket.onmessage = null;
  socket.onclose = () => self.close();
  if (socket.readyState === WebSocket.OPEN) socket.close(); else socket.onopen = () => socket.close();
}

const alive = () => socket !== null && socket.readyState <= WebSocket.OPEN;

function connect() {
  clearTimeout(timer);
  const before = socket;
  if (before) {
    before.onclose = before.onmessage = null;
    if (before.readyState === WebSocket.CONNECTING) before.onopen = () => before.close(); else before.close();
  }
  const own = socket = new WebSocket(address);
  own.binaryType = "arraybuffer";
  heard = Date.now();
  own.onmessage = ({ data }) => {
    heard = Date.now();
    tries = 0;
    if (data.byteLength) take(data, own);
    else post({ alive: true });
  };
  own.onclose = ({ code, reason }) => {
    if (code === UNKNOWN) {
      over = true;  // the server does not know this address: it has been started anew, and the page gets another one from it
      return post({ gone: true });
    }
    post({ lost: true, crowded: code === CROWDED ? reason : "" });
    again(Math.min(2000, 250 * 2 ** tries++) * (.75 + .25 * Math.random()));
  };
}

function again(pause) {
  clearTimeout(timer);
  timer = setTimeout(connect, pause);
}

setInterval(() => {
  if (!over && alive() && Date.now() - heard > QUIET) connect();
}, 5000);

async function take(data, from) {
  const { id, options, panels } = decode(await inflate(data));
  if (from !== socket) return;
  post({ feed: options.feed, id, panels }, [...new Set(buffers(panels))]);
}

const post = (message, transfer = []) => self.postMessage(message, transfer);

/** The memory behind all arrays, to be handed over instead of copied. */
function* buffers(value) {
  if (ArrayBuffer.isView(value)) yield value.buffer;
  else if (value && typeof value === "object") for (const item of Object.values(value)) yield* buffers(item);
}
