// Listens to the feed for a page: hands pictures, figure and words to their places, and asks for the page when something has changed.

import { bring } from "./fed.js";
import { renewPanel } from "./player.js";

const followers = new WeakMap();  // by the element Streamlit gave us
const AGAIN = 4000;  // a request that came to nothing is repeated after so many milliseconds

export async function mount({ data, parentElement, setTriggerValue }) {
  const told = JSON.parse(new TextDecoder().decode(data));
  let follower = followers.get(parentElement);
  if (!follower) followers.set(parentElement, follower = new Follower(parentElement));
  follower.follow(told, setTriggerValue);
  return () => setTimeout(() => { if (!parentElement.isConnected) follower.destroy(); });
}

class Follower {
  constructor(root) {
    this.root = root;
    this.look = () => { if (!document.hidden) this.worker?.postMessage({ look: true }); };
    document.addEventListener("visibilitychange", this.look);
    window.addEventListener("online", this.look);
    window.addEventListener("pageshow", this.look);
  }

  follow(told, ask) {
    this.ask = ask;
    clearTimeout(this.asking);
    this.asking = 0;
    const address = new URL(told.address, document.baseURI);
    address.protocol = address.protocol.replace("http", "ws");
    const moved = address.href !== this.told?.href;
    this.told = { ...told, href: address.href };
    if (moved) this.listen();
    else if (this.last) this.take(this.last);
  }

  listen() {
    this.worker?.postMessage({ end: true });
    this.last = null;
    const worker = this.worker = new Worker(new URL("feed-worker.js", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }) => { if (worker === this.worker) this.hear(data); };
    worker.postMessage({ address: this.told.href });
  }

  hear(data) {
    const part = document.querySelector(".fv-progress");
    if (part) {
      part.toggleAttribute("data-lost", Boolean(data.lost || data.gone));
      if (data.lost || data.gone) part.dataset.lost = `${data.crowded || "Connection lost"}: trying again`;
    }
    if (data.gone) return this.request(200);
    if (data.feed) this.take(data);
  }

  take(message) {
    const { feed, id, panels } = message, { signature, tag } = this.told;
    if (feed.signature !== signature) {
      this.last = message;
      // A whole hall asks at once: spread over as long as the server needs for all of them.
      return this.request(Math.random() * Math.min(3000, 25 * feed.watchers));
    }
    clearTimeout(this.asking);
    this.asking = 0;
    this.last = message;
    this.root.dataset.messages = String(1 + Number(this.root.dataset.messages ?? 0));
    this.root.dataset.at = feed.at;
    feed.panels?.forEach(([player, index], i) => renewPanel(player, index, { id: `${id} ${i}`, tag, panel: panels[i] }));
    for (const [key, lines] of Object.entries(feed.lines ?? {})) bring(key, tag, feed.at, lines);
    // In a moment of its own: two drawings in one frame are seen on a phone.
    requestAnimationFrame(() => setTimeout(() => {
      for (const [key, figure] of Object.entries(feed.figures ?? {})) bring(key, tag, feed.at, figure);
    }));
  }

  request(pause) {
    if (this.asking) return;
    this.asking = setTimeout(() => {
      this.asking = setTimeout(() => {
        this.asking = 0;
        if (this.last) this.take(this.last); else this.request(0);
      }, AGAIN);
      this.ask("changed", Date.now());
    }, pause);
  }

  destroy() {
    clearTimeout(this.asking);
    this.worker?.postMessage({ end: true });
    this.worker = null;
    document.removeEventListener("visibilitychange", this.look);
    window.removeEventListener("online", this.look);
    window.removeEventListener("pageshow", this.look);
  }
}
