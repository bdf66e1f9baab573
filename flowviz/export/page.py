"""One HTML file that plays offline: the player's own modules, its style sheet and the packed arrays, and nothing else."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path

from flowviz.export import look
from flowviz.export.job import ExportJob
from flowviz.export.motion import motions_of
from flowviz.export.options import Options
from flowviz.scene import LAYERS, Panel, pack

ENTRY = "stage.js"
IMPORT = re.compile(r'^import \{ ([\w, ]+) \} from "\./([\w.]+)";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const|let) (\w+))", re.MULTILINE)
PRIMARY = {"light": "#0072b2", "dark": "#56b4e9"}

PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:">
<meta name="generator" content="{made_by}">
<meta name="description" content="{origin}">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>
:root {{ color-scheme: {scheme}; --st-background-color: {ground}; --st-text-color: {text}; --st-primary-color: {primary}; }}
body {{ margin: 0; padding: 16px 20px; background: {ground}; color: {text}; font: 14px/1.4 system-ui, sans-serif; }}
h1 {{ position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); }} /* for who hears the page */
.fv-from {{ margin: 14px 0 0; color: {muted}; font-size: 12px; overflow-wrap: anywhere; }}
{style}
</style>
</head>
<body>
<noscript>This picture moves with JavaScript, which is switched off here.</noscript>
<main>
<h1>{title}</h1>
<div id="fv-here"></div>
</main>
<footer class="fv-from">{origin}</footer>
<script type="text/plain" id="fv-data">{data}</script>
<script>
{code}
{boot}
</script>
</body>
</html>
"""
BOOT = """\
(async () => {
  const here = document.getElementById("fv-here");
  try {
    const packed = Uint8Array.from(atob(document.getElementById("fv-data").textContent), c => c.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    const data = new Uint8Array(await new Response(stream).arrayBuffer());
    const stage = new modules["stage.js"].Stage("export"), room = () => Math.max(240, innerHeight - 230);
    here.append(stage.root);
    const decoded = modules["decode.js"].decode(data);
    decoded.options.height = room();
    stage.load(decoded);
    addEventListener("resize", () => { stage.options.height = room(); stage.layout(); });
    // The keys work at once, without a click on the picture first.
    addEventListener("keydown", () => {
      if (document.activeElement === document.body) stage.root.focus({ preventScroll: true, focusVisible: false });
    }, true);
  } catch (error) {
    here.textContent = `This browser cannot show the picture (${error.message}); one from 2023 or later can.`;
  }
})();
"""


def frontend() -> dict[str, str]:
    """Return the player's files by name; they are data here, no code of the user interface is imported."""
    folder = files("flowviz").joinpath("ui", "frontend")
    return {f.name: f.read_text(encoding="utf-8") for f in folder.iterdir() if f.name.endswith((".js", ".css"))}


@cache
def bundle() -> str:
    """Return the modules that the player needs without Plotly, as one script: each a function that gives what it exports.

    Raises:
        ValueError: If a module imports or exports in a way that is not understood here.
    """
    sources = frontend()
    parts: list[str] = []
    seen: set[str] = set()

    def add(name: str) -> None:
        if name in seen:
            return
        seen.add(name)
        for _, other in IMPORT.findall(sources[name]):
            add(other)
        parts.append(_module(name, sources[name]))

    add(ENTRY)
    return '"use strict";\nconst modules = {};\n' + "\n".join(parts)


def _module(name: str, source: str) -> str:
    exported = EXPORT.findall(source)
    body = EXPORT.sub("", IMPORT.sub(r'const { \1 } = modules["\2"];', source))
    if left := re.search(r"^(?:import|export)\b.*|import\.meta|</script", body, re.MULTILINE):
        raise ValueError(f"{name}: {left[0]!r} cannot be put into one file; write imports and exports as the other modules do.")
    return f'modules["{name}"] = (() => {{\n{body}\nreturn {{ {", ".join(exported)} }};\n}})();'


def packed(panels: Sequence[Panel], options: Options) -> bytes:
    """Return the panels as the player reads them, deflated."""
    if not options.title:
        panels = [Panel(tuple(replace(s, title="", nfe=0) for s in panel.scenes)) for panel in panels]
    layers = {name: name in options.layers for name in LAYERS}
    return zlib.compress(pack(panels, key="export", height=520, around=0, layers=layers, colour=options.colour, tag=""), 9)


def html(job: ExportJob, out: Path) -> int:
    """Write the page."""
    motions_of(job.panels)  # refuses what cannot be drawn
    job.check()
    mode, style = "dark" if job.options.dark else "light", frontend()["player.css"]
    data = packed(job.panels, job.options)
    job.check()
    text = PAGE.format(
        made_by=escape(job.made_by),
        origin=escape(job.origin),
        title=escape(job.title),
        scheme=mode,
        ground=look.BACKGROUND[mode],
        text=look.TEXT[mode],
        muted=look.MUTED[mode],
        primary=PRIMARY[mode],
        style=style,
        data=base64.b64encode(data).decode(),
        code=bundle(),
        boot=BOOT,
    )
    out.write_text(text, encoding="utf-8")
    job.tell(1, 1)
    return 0
