"""The bytes that a visitor's points are, in one canonical form; anything else is refused."""

import struct
import unicodedata
from typing import Any

import numpy as np

MOST = 4096
"""Points that one distribution may have."""
STEPS = 2**15
"""Steps of the lattice on each side, at most: positions fit into 15 bits."""
WIDEST = 50.0
"""Greatest coordinate; networks learn nothing from larger ones."""
WIDEST_BLUR = 2.0
GROUPS = ("sector", "stroke", "letter", "class")
LONGEST_TITLE = 24
LONGEST_CONTENT = 40_000

_HEAD = struct.Struct("<BBHfffBB")  # version, group, blur in thousandths, corner and step of the lattice, length of title, labels


def plain_title(title: str) -> str:
    """Return a title that is nothing but words, wherever it is written: in Markdown, in a script, in a file's name."""
    kept = ""
    for sign in unicodedata.normalize("NFC", title).replace("_", " "):
        foreign = ord(sign) > 127 and unicodedata.category(sign)[0] in "LMNPS"
        kept += sign if foreign or sign.isalnum() or sign in " .,-!?" else ""
    return " ".join(kept.split())[:LONGEST_TITLE].strip() or "Own data"


def morton(lattice: np.ndarray) -> np.ndarray:
    """Return the place of each lattice point on a curve that keeps neighbours together; shape (n,), 30 bits."""
    code = np.zeros(len(lattice), np.int64)
    for bit in range(15):
        code |= ((lattice[:, 0] >> bit & 1) << 2 * bit) | ((lattice[:, 1] >> bit & 1) << 2 * bit + 1)
    return code


def _unmorton(code: np.ndarray) -> np.ndarray:
    lattice = np.zeros((len(code), 2), np.int64)
    for bit in range(15):
        lattice[:, 0] |= (code >> 2 * bit & 1) << bit
        lattice[:, 1] |= (code >> 2 * bit + 1 & 1) << bit
    return lattice


def encode(parts: dict[str, Any]) -> bytes:
    """Return the canonical content: a head, how many points have each label, then gaps along the curve, label by label."""
    labels, code = parts["labels"].astype(np.int64), morton(parts["lattice"].astype(np.int64))
    order = np.lexsort((code, labels))
    counts, code = np.bincount(labels), code[order]
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    gaps = np.diff(code, prepend=0)
    starts = first[counts > 0]
    gaps[starts] = code[starts]
    title = parts["title"].encode()
    head = _HEAD.pack(1, parts["group"], round(1000 * parts["std"]), *parts["corner"], parts["step"], len(title), len(counts) - 1)
    out = bytearray(head + title + struct.pack(f"<{len(counts)}H", *counts.tolist()))
    for gap in gaps.tolist():
        while gap > 127:
            out.append(gap & 127 | 128)
            gap >>= 7
        out.append(gap)
    return bytes(out)


def decode(content: bytes) -> dict[str, Any]:
    """Return the inverse of `encode`, which takes nothing else."""
    try:
        parts = _parts(content)
        sound = encode(parts) == content and plain_title(parts["title"]) == parts["title"]
    except (struct.error, IndexError, ValueError, OverflowError):
        sound, parts = False, {}
    if not sound or not _legal(parts):
        raise ValueError("these bytes are no points of a distribution; make them with `Points.of`.")
    return parts


def _parts(content: bytes) -> dict[str, Any]:
    version, group, std, x, y, step, length, last = _HEAD.unpack_from(content)
    at = _HEAD.size + length
    title = content[_HEAD.size : at].decode()
    counts = struct.unpack_from(f"<{last + 1}H", content, at)
    at += 2 * (last + 1)
    if version != 1 or not 2 <= sum(counts) <= MOST:
        raise ValueError
    gaps, value, shift = [], 0, 0
    for byte in content[at:]:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            gaps.append(value)
            value = shift = 0
    if len(gaps) != sum(counts) or shift or max(gaps) >= STEPS**2:
        raise ValueError
    code = np.concatenate([np.cumsum(part) for part in np.split(np.array(gaps, np.int64), np.cumsum(counts)[:-1])])
    labels = np.repeat(np.arange(last + 1), counts)
    lattice = _unmorton(code) if code.max() < STEPS**2 else np.zeros((0, 2), np.int64)
    return {
        "group": group, "std": std / 1000, "corner": (x, y), "step": step, "title": title,
        "lattice": lattice.astype(np.int16), "labels": labels,
    }  # fmt: skip


def _legal(parts: dict[str, Any]) -> bool:
    ends = np.array(parts["corner"]) + parts["step"] * np.stack([parts["lattice"].min(0), parts["lattice"].max(0)])
    several = bool((parts["lattice"] != parts["lattice"][0]).any())
    # Rounding to a coarse lattice may carry a point out of the plane by half a step.
    inside = bool(np.isfinite(ends).all()) and bool((np.abs(ends) <= WIDEST + max(1, parts["step"] / 2)).all())
    return (
        several
        and inside
        and 0 < parts["step"] <= 2 * WIDEST
        and 0 <= parts["std"] <= WIDEST_BLUR
        and parts["group"] < len(GROUPS)
    )
