// Plotly from our own server, loaded once, kept by our own reference: Streamlit brings another copy, and both set window.Plotly.

let promise = null;

export function loadPlotly() {
  promise ??= new Promise((resolve, reject) => {
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
  return promise;
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
