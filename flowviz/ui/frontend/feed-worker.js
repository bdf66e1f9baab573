// The feed's socket, in a thread of its own: what arrives is unpacked here, so that the page only draws.

import { inflate } from "./compact.js";
import { decode } from "./decode.js";

const QUIET = 25_000;  // the server sends a sign of life every 10 s
const UNKNOWN = 4404;
let socket = null, address = "", tries = 0, heard = 0, timer = 0, over = false;

self.onmessage = ({ data }) => {
  if (data.address) {
    address = data.address;
    connect();
  }
  // The page was seen again, or the network is back: a socket that has been silent meanwhile may be dead without knowing.
  if (data.look && !over && (!alive() || Date.now() - heard > 12_000)) connect();
};

const alive = () => socket !== null && socket.readyState <= WebSocket.OPEN;

function connect() {
  clearTimeout(timer);
  if (socket) {
    socket.onclose = socket.onmessage = null;
    socket.close();
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
  own.onclose = ({ code }) => {
    if (code === UNKNOWN) {
      over = true;  // the server does not know this address: it has been started anew, and the page gets another one from it
      return post({ gone: true });
    }
    post({ lost: true, crowded: code === 1013 });
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
