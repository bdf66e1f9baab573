"""Panels as one block of bytes: small enough to send twice a second, simple enough to read in forty lines of JavaScript.

    bytes 0-3     length of the header, little-endian uint32
    then          header: JSON (UTF-8), padded with spaces so that the arrays start on a multiple of 8
    then          the arrays, each on a multiple of 8; offsets in the header count from the first one

What is stored, and what is lost:

| array | as | error |
|---|---|---|
| positions, target, source | uint16 over `range` = (xlo, xhi, ylo, yhi, …), code 65535 = not a number | half a step, (hi - lo) / 65534 / 2 |
| pictures and series | uint8 over `range`, code 255 = not a number | half a step, (hi - lo) / 254 / 2 |
| density p | uint8, round(255 sqrt(p / max)) | half a step in sqrt(p / max) |
| what a discriminator says | uint8, round(255 D) | half a step in D |
| field | float16 | 2^-11 of the value |

The header also holds the table of layers, so that the reader need not know it, and kits (`kit.py`) where panels have them.
The square root keeps the thin tails of a density visible beside its peaks. Positions further away than twice the size
of the picture are moved to that distance: nobody can see them, and a field that diverges would cost everyone else precision.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from flowviz.frame import Frame
from flowviz.scene.layers import described
from flowviz.scene.value import Panel, Scene
from flowviz.spaces import SPACES

LEVELS = 65534
NOT_A_NUMBER = 65535
GREYS = 254
"""Steps of a pixel, and of a series' sample."""
# Positions are kept up to this many picture sizes outside the picture.
REACH = 2.0
ALIGN = 8


def pack(panels: Sequence[Panel], **options: Any) -> bytes:
    """Pack panels into one block of bytes. The same panels and options give the same bytes.

    Args:
        panels: What stands in one row.
        **options: Anything JSON can hold; the reader finds it under "options".

    Returns:
        Header and arrays; its own content hash stands in the header as "id".
    """
    arrays = Arrays()
    header: dict[str, Any] = {"version": 1, "options": options, "layers": described()}
    header["panels"] = [{"title": p.title, "scenes": [_scene(s, arrays) for s in p.scenes]} for p in panels]
    _add_kits(panels, header, arrays)
    return block(header, arrays)


def _add_kits(panels: Sequence[Panel], header: dict[str, Any], arrays: Arrays) -> None:
    """Add each kit once, however many panels have it: the browser then carries the pointer once for all of them."""
    kits = list({id(p.kit): p.kit for p in panels if p.kit is not None}.values())
    if not kits:
        return
    header["kits"] = [{**kit.about, "arrays": {name: arrays.add(array) for name, array in kit.arrays.items()}} for kit in kits]
    for panel, entry in zip(panels, header["panels"], strict=True):
        if panel.kit is not None:
            entry["kit"] = kits.index(panel.kit)


def awaits_density(panels: Sequence[Panel]) -> bool:
    """Return whether there is a scene whose density is yet to be counted."""
    return any(s.density_t is not None and s.density is None for p in panels for s in p.scenes)


def pack_densities(panels: Sequence[Panel], **options: Any) -> bytes:
    """Pack nothing but the densities of panels, for a player that shows them without.

    Args:
        panels: The same panels, with densities.
        **options: As in `pack`.
    """
    arrays = Arrays()
    header = {"version": 1, "options": options, "densities": [[_density(s, arrays) for s in p.scenes] for p in panels]}
    return block(header, arrays)


def id_of(packed: bytes) -> str:
    """Return the hash of its content that stands in the header of a block."""
    (length,) = struct.unpack_from("<I", packed)
    return json.loads(packed[4 : 4 + length])["id"]


def pack_arrays(arrays: Mapping[str, np.ndarray], **options: Any) -> bytes:
    """Pack named arrays as they are, without any loss, into one block of bytes.

    Args:
        arrays: Arrays of uint8, uint16, float32 or float64; the reader finds them under "arrays".
        **options: Anything JSON can hold; the reader finds it under "options".

    Returns:
        Header and arrays, as `pack` does.
    """
    kept = Arrays()
    header = {"version": 1, "options": options, "arrays": {name: kept.add(array) for name, array in arrays.items()}}
    return block(header, kept)


def _read(ref: Mapping[str, Any], body: memoryview) -> np.ndarray:
    dtype = np.dtype(ref["dtype"]).newbyteorder("<")
    flat = np.frombuffer(body, dtype=dtype, count=int(np.prod(ref["shape"])), offset=ref["offset"])
    return flat.reshape(ref["shape"])


def block(header: dict[str, Any], arrays: Arrays) -> bytes:
    """Join header and arrays; the hash of both stands in the header as "id"."""
    body = b"".join(arrays.chunks)
    described = json.dumps(header, sort_keys=True, separators=(",", ":"))
    # The browser compares ids instead of megabytes to see that nothing is new.
    header["id"] = hashlib.blake2b(described.encode() + body, digest_size=8).hexdigest()
    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    text += b" " * (-(4 + len(text)) % ALIGN)
    return struct.pack("<I", len(text)) + text + body


def unpack(data: bytes) -> tuple[list[Panel], dict[str, Any]]:
    """Return the inverse of `pack`, up to the errors stated above.

    Returns:
        The panels, and the header as it was sent.
    """
    (length,) = struct.unpack_from("<I", data)
    header = json.loads(data[4 : 4 + length])
    body = memoryview(data)[4 + length :]
    panels = [Panel(tuple(_unpack_scene(s, body) for s in p["scenes"]), p["title"]) for p in header["panels"]]
    return panels, header


class Arrays:
    """Collects arrays and remembers where each one starts."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self.size = 0
        self._shared: dict[bytes, int] = {}

    def add(self, array: np.ndarray, **described: Any) -> dict[str, Any]:
        """Keep an array; return what the header says of it."""
        raw = _raw(array)
        offset = self.size
        padding = -len(raw) % ALIGN
        self.chunks.append(raw + b"\0" * padding)
        self.size += len(raw) + padding
        return {"dtype": array.dtype.name, "shape": list(array.shape), "offset": offset, **described}

    def share(self, array: np.ndarray, **described: Any) -> dict[str, Any]:
        """Return the same, but an array whose bytes were shared before is kept once for all: nobody may write to it."""
        raw = _raw(array)
        if (offset := self._shared.get(raw)) is not None:
            return {"dtype": array.dtype.name, "shape": list(array.shape), "offset": offset, **described}
        self._shared[raw] = self.size
        return self.add(array, **described)


def _raw(array: np.ndarray) -> bytes:
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).tobytes()


def described_scene(scene: Scene) -> dict[str, Any]:
    """Return what the header says of a scene, without its arrays."""
    return {
        "title": scene.title,
        "kind": scene.kind,
        "space": scene.space,
        "note": " ".join(filter(None, (scene.about, scene.note))),
        "nfe": int(scene.nfe),
        "bounds": [float(b) for b in scene.bounds],
        **({} if scene.frame is None else {"frame": _columns(scene.frame)}),
        **{name: [round(float(t), 4) for t in times] for name in ("steps", "rejected") if (times := getattr(scene, name))},
    }


def _columns(frame: Frame) -> list[dict[str, Any]]:
    """Return name, offset and factor of each column: own = offset + factor · placed."""
    parts = zip(frame.names, frame.offset, frame.factor, strict=True)
    return [{"name": name, "offset": offset, "factor": factor} for name, offset, factor in parts]


def _scene(scene: Scene, arrays: Arrays) -> dict[str, Any]:
    x = np.asarray(scene.x, dtype=np.float32)
    entry: dict[str, Any] = {
        **described_scene(scene),
        "t": arrays.add(np.asarray(scene.t, dtype=np.float32)),
        "x": add_points(x, scene.bounds, arrays, levels=levels_of(scene)),
        "labels": arrays.add(np.asarray(scene.labels, dtype=np.uint8)),
    }
    if scene.field is not None and scene.field_t is not None:
        limit = float(np.finfo(np.float16).max)
        field = np.nan_to_num(np.asarray(scene.field, dtype=np.float32), posinf=limit, neginf=-limit)
        entry["field_t"] = arrays.add(np.asarray(scene.field_t, dtype=np.float32))
        entry["field"] = arrays.add(np.clip(field, -limit, limit).astype(np.float16))
    entry |= _density(scene, arrays)
    if scene.judged is not None:
        entry["judged"] = arrays.add(judged_codes(scene.judged))
    for name in ("target", "source", "nearest"):
        points = getattr(scene, name)
        if points is not None:
            entry[name] = add_points(np.asarray(points, dtype=np.float32), scene.bounds, arrays, levels=levels_of(scene))
    return entry


def levels_of(scene: Scene, usual: int = LEVELS) -> int:
    """Return steps over the range of a coordinate: fewer where it is a grey, or a sample of a line as high as a cell."""
    return GREYS if SPACES[scene.space].sheet else usual


def add_points(x: np.ndarray, bounds: tuple[float, ...], arrays: Arrays, levels: int = LEVELS) -> dict[str, Any]:
    """Quantise points to `levels` steps over a range that covers the bounds and every point within reach."""
    kind, lost = (np.uint8, 255) if levels < 255 else (np.uint16, NOT_A_NUMBER)
    codes = np.empty(x.shape, dtype=kind)
    span: list[float] = []
    for axis in range(x.shape[-1]):
        low, high = float(bounds[2 * axis]), float(bounds[2 * axis + 1])
        reach = REACH * (high - low)
        values = x[..., axis].astype(np.float64)
        finite = np.isfinite(values)
        kept = np.clip(np.where(finite, values, low), low - reach, high + reach)
        low, high = min(low, float(kept.min(initial=low))), max(high, float(kept.max(initial=high)))
        scaled = np.rint((kept - low) / (high - low) * levels).astype(kind)
        codes[..., axis] = np.where(finite, scaled, lost)
        span += [low, high]
    # Panels beside one another often have the same ghosts, and some the same particles.
    return arrays.share(codes, range=span, **({} if levels == LEVELS else {"levels": levels}))


def judged_codes(judged: np.ndarray) -> np.ndarray:
    """Return probabilities as whole numbers from 0 to 255, uint8; what is not finite as one half, which says nothing."""
    return np.rint(np.nan_to_num(judged, nan=0.5).clip(0, 1) * 255).astype(np.uint8)


def _density(scene: Scene, arrays: Arrays) -> dict[str, Any]:
    """Return the density with its times; the times alone where it is yet to come (`pack_densities`)."""
    if scene.density_t is None:
        return {}
    entry = {"density_t": arrays.add(np.asarray(scene.density_t, dtype=np.float32))}
    if scene.density is None:
        return entry
    values = np.nan_to_num(np.asarray(scene.density, dtype=np.float32), posinf=0.0, neginf=0.0).clip(min=0.0)
    top = float(values.max(initial=0.0))
    scaled = np.sqrt(values / top) * 255 if top > 0 else np.zeros_like(values)
    return {**entry, "density": arrays.add(np.rint(scaled).astype(np.uint8), max=top, transform="sqrt")}


def _unpack_scene(entry: dict[str, Any], body: memoryview) -> Scene:
    def raw(name: str) -> np.ndarray | None:
        return _read(entry[name], body) if name in entry else None

    def points(name: str) -> np.ndarray | None:
        codes = raw(name)
        if codes is None:
            return None
        low, high = np.array(entry[name]["range"]).reshape(-1, 2).T
        lost = np.iinfo(codes.dtype).max
        values = low + codes.astype(np.float64) / entry[name].get("levels", LEVELS) * (high - low)
        return np.where(codes == lost, np.nan, values).astype(np.float32)

    def needed(array: np.ndarray | None) -> np.ndarray:
        assert array is not None
        return array

    density, field, judged = raw("density"), raw("field"), raw("judged")
    if density is not None:
        density = (density.astype(np.float32) / 255) ** 2 * np.float32(entry["density"]["max"])
    return Scene(
        t=needed(raw("t")),
        x=needed(points("x")),
        labels=needed(raw("labels")),
        bounds=tuple(entry["bounds"]),
        title=entry["title"],
        kind=entry["kind"],
        field_t=raw("field_t"),
        field=None if field is None else field.astype(np.float32),
        density_t=raw("density_t"),
        density=density,
        judged=None if judged is None else judged.astype(np.float32) / 255,
        target=points("target"),
        source=points("source"),
        nearest=points("nearest"),
        nfe=entry["nfe"],
        note=entry["note"],
        space=entry["space"],
        steps=tuple(entry.get("steps", ())),
        rejected=tuple(entry.get("rejected", ())),
    )
