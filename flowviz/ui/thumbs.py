"""Thumbnails of the distributions, as small SVG pictures served by the app itself."""

from functools import cache

import torch
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from torch import Tensor

from flowviz.distributions import DISTRIBUTIONS, Distribution
from flowviz.distributions.shelf import SHELF
from flowviz.scene.camera import cube_around, look_at, shade
from flowviz.scene.camera import size as marker_size
from flowviz.ui.assets import frontend_version

# The player's own, but for black, which would not be seen in the dark.
PALETTE = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#c8b400", "#8a8a8a")
INK = "#8a8a8a"
"""Of pictures and series: seen on light and dark alike."""
POINTS = 260


def thumb_path(slug: str) -> str:
    """Return the address of a thumbnail, relative to the page that shows it."""
    return f"./_flowviz_thumbs/{frontend_version()}/{slug}.svg"


def routes() -> list[BaseRoute]:
    """Return routes for `st.App(routes=...)`; the second serves pages below a base path."""
    return [
        Route("/_flowviz_thumbs/{version}/{slug}.svg", _serve),
        Route("/{base:path}/_flowviz_thumbs/{version}/{slug}.svg", _serve),
    ]


@cache
def thumbnail(slug: str) -> str:
    """Return a picture of 260 points in the colours of their labels, as SVG."""
    return drawn(DISTRIBUTIONS[slug](), size=8 if slug == "two-points" else 2.2)


def drawn(distribution: Distribution, *, points: int = POINTS, size: float = 2.2, side: int = 48) -> str:
    """Return points of any distribution in the colours of their labels, as SVG.

    In space as the camera sees them, the far ones fainter.
    """
    x, labels = distribution.draw(points, torch.Generator().manual_seed(3))
    if (shape := distribution.space.picture) is not None:
        return _pictures(x[:9], shape, side)
    if distribution.space.series:
        return _series(x[:3], side)
    if x.shape[1] == 3:
        seen = look_at(x.numpy(), cube_around(x.numpy()))
        seen = seen[behind := seen[:, 2].argsort()]
        x, labels, near = torch.from_numpy(seen[:, :2].copy()), labels[torch.from_numpy(behind)], seen[:, 2]
        looks = [f'r="{size * scale:.1f}" opacity="{own:.2f}"' for scale, own in zip(marker_size(near), shade(near), strict=True)]
    else:
        looks = [f'r="{size}"'] * len(x)
    x = x[:, :2] - (x[:, :2].amax(0) + x[:, :2].amin(0)) / 2
    x = 41 * x / x.abs().max().clamp(min=1e-6)
    digits = 0 if side < 100 else 1
    dots = "".join(
        f'<circle cx="{50 + a:.{digits}f}" cy="{50 - b:.{digits}f}" {look} fill="{PALETTE[label % len(PALETTE)]}"/>'
        for (a, b), label, look in zip(x.tolist(), labels.tolist(), looks, strict=True)
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" width="{side}" height="{side}">{dots}</svg>'


def _pictures(x: Tensor, shape: tuple[int, int], side: int) -> str:
    """Return nine pictures, three by three, as SVG: ink alone, so that it looks right on any ground."""
    rows, columns = shape
    ink = (x.view(-1, rows, columns).clamp(-1, 1) + 1) / 2
    dots = "".join(
        f'<rect x="{2 + 33 * (p % 3) + 30 / columns * c:.1f}" y="{2 + 33 * (p // 3) + 30 / rows * r:.1f}" width="{30 / columns:.1f}" '
        f'height="{30 / rows:.1f}" opacity="{ink[p, r, c]:.1f}"/>'
        for p, r, c in (ink > 0.25).nonzero().tolist()
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" width="{side}" height="{side}"><g fill="{INK}">{dots}</g></svg>'


def _series(x: Tensor, side: int) -> str:
    """Return three series, one under another, as SVG."""
    step, height = 96 / (x.shape[1] - 1), 14 / float(x.abs().max())
    lines = "".join(
        f'<polyline points="{" ".join(f"{2 + step * i:.0f},{17 + 33 * row - height * v:.0f}" for i, v in enumerate(one.tolist()))}"/>'
        for row, one in enumerate(x)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" width="{side}" height="{side}">'
        f'<g fill="none" stroke="{INK}" stroke-width="3" stroke-linejoin="round">{lines}</g></svg>'
    )


def _serve(request: Request) -> Response:
    slug = request.path_params["slug"]
    own = None if slug in DISTRIBUTIONS else SHELF.get(slug)
    if slug not in DISTRIBUTIONS and own is None:
        return Response("not found", status_code=404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(thumbnail(slug) if own is None else drawn(own), headers=headers, media_type="image/svg+xml")
