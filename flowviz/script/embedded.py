"""A visitor's own points inside a script: a block of text that unpacks to them, bit for bit."""

import base64
import re
import textwrap
import zlib

import numpy as np

from flowviz.distributions import Points
from flowviz.script.source import function_text

LINE = 116


def sampler(points: Points, name: str, labelled: bool = False) -> list[str]:
    """Return the points as a tensor, and the function that draws from them.

    Args:
        points: What to embed.
        name: What to call the function, e.g. "sample_target"; the tensor is then "target_points".
        labelled: Whether it draws their classes too.
    """
    means = f"{name.removeprefix('sample_')}_points"
    raw = np.ascontiguousarray(points.lattice.astype("<i2")).tobytes()
    packed = base64.b85encode(zlib.compress(raw, 9)).decode()
    # Base 85 uses no quote and no backslash.
    lines = [f"{means.upper()} = (  # positions on a lattice, two bytes for each coordinate, compressed"]
    lines += [f'    "{line}"' for line in textwrap.wrap(packed, LINE)]
    unpacked = f"zlib.decompress(base64.b85decode({means.upper()}))"
    lines += [")", f"{means} = torch.frombuffer(bytearray({unpacked}), dtype=torch.int16).view(-1, 2)"]
    lines += [f"{means} = torch.tensor({list(points.corner)}) + {points.step!r} * {means}.float()"]
    about = f"Draw one of the {len(points.means):,} points of “{points.label}” and blur it."
    function = function_text(Points.draw, name, about, {"std": points.std}, only_first=not labelled).replace("means", means)
    if labelled:
        labels = f"{name.removeprefix('sample_')}_labels"
        packed = base64.b85encode(zlib.compress(points.labels.numpy().astype(np.uint8).tobytes(), 9)).decode()
        lines += [f"{labels.upper()} = (  # the class of each"]
        lines += [f'    "{line}"' for line in textwrap.wrap(packed, LINE)]
        lines += [")", f"{labels} = torch.tensor(list(zlib.decompress(base64.b85decode({labels.upper()}))))"]
        function = re.sub(r"\blabels\b", labels, function)
    return ["\n".join(lines) + "\n", function]
