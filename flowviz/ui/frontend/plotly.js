// Plotly from our own server, loaded once, kept by our own reference: Streamlit brings another copy, and both set window.Plotly.

const FIRST = 8;        // drawings of a picture before anything else is read
const PATIENCE = 4000;  // milliseconds that Plotly waits for them, at most
let promise = null;

/** Whether a player has nothing to draw for now, or has shown that it moves. */
const settled = ({ stage }) => !stage || !stage.visible || !stage.clock.playing || stage.report.frames >= FIRST;

/** Reading Plotly (4.8 MB) holds up all else, on a phone for seconds: the pictures of a page move before the browser begins with it. */
async function afterPictures() {
  const limit = performance.now() + PATIENCE;
  const busy = () => document.querySelector(".fv-boot") !== null || ![...document.querySelectorAll(".fv-player")].every(settled);
  while (busy() && performance.now() < limit) await new Promise(done => setTimeout(done, 50));
}

export function loadPlotly() {
  promise ??= afterPictures().then(read);
  return promise;
}

function read() {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("plotly.min.js", import.meta.url).href;
    script.onload = () => {
      const own = window.Plotly;
      if (before) window.Plotly = before; else delete window.Plotly;
      resolve(own);
    };
    script.onerror = () => {
      promise = null;
      script.remove();
      reject(new Error(`flowviz: ${script.src} did not load`));
    };
    const before = window.Plotly;
    document.head.append(script);
  });
}

const styles = new Map();

/** Our style sheet in the document's head, where fullscreen and Plotly's own rules live too. Resolves when it is there. */
export function loadStyle(name) {
  if (!styles.has(name)) {
    styles.set(name, new Promise(resolve => {
      const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: new URL(name, import.meta.url).href });
      link.onload = link.onerror = resolve;
      document.head.append(link);
    }));
  }
  return styles.get(name);
}
