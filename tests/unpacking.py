"""Arrays as the browser reads them, written a second time for the tests."""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any

import numpy as np


def unpack_arrays(data: bytes) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The inverse of `pack_arrays`: the arrays, and the header as it was sent."""
    (length,) = struct.unpack_from("<I", data)
    header = json.loads(data[4 : 4 + length])
    body, found = data[4 + length :], {}
    for name, ref in header["arrays"].items():
        flat = np.frombuffer(body, np.dtype(ref["dtype"]).newbyteorder("<"), int(np.prod(ref["shape"])), ref["offset"])
        found[name] = flat.reshape(ref["shape"])
    return found, header


def expand(data: bytes) -> tuple[list[list[dict[str, Any]]], dict[str, Any]]:
    """The inverse of `compact`: for each panel its scenes as dicts of arrays, and the header as it was sent."""
    plain = zlib.decompress(data)
    (length,) = struct.unpack_from("<I", plain)
    header, body = json.loads(plain[4 : 4 + length]), plain[4 + length :]

    def read(ref: dict[str, Any]) -> np.ndarray:
        flat = np.frombuffer(body, np.dtype(ref["dtype"]).newbyteorder("<"), int(np.prod(ref["shape"])), ref["offset"])
        return flat.reshape(ref["shape"])

    def points(ref: dict[str, Any]) -> np.ndarray:
        low, high = np.array(ref["range"]).reshape(-1, 2).T
        codes = read(ref)
        values = low + codes.astype(float) / ref.get("levels", 65534) * (high - low)
        return np.where((codes == 65535).any(-1, keepdims=True), np.nan, values)

    def signed(codes: np.ndarray) -> np.ndarray:
        codes = codes.astype(np.int64)
        return np.where(codes % 2 == 0, codes // 2, -(codes + 1) // 2)

    def ways(ref: dict[str, Any]) -> np.ndarray:
        low, high = read(ref["weights"]).astype(np.int64)
        weights = signed(low + 256 * high) * ref["step"]
        x = np.einsum("kr,rnd->knd", read(ref["modes"]).astype(float), weights) + np.array(ref["middle"])
        x[:, read(ref["strays"])] = points(ref["ways"])
        return x

    def scene(entry: dict[str, Any]) -> dict[str, Any]:
        found = {"t": read(entry["t"]), "x": ways(entry["x"]), "labels": read(entry["labels"])}
        if "field" in entry:
            found |= {"field": signed(read(entry["field"])) * entry["field"]["step"], "field_t": read(entry["field_t"])}
        if "density" in entry:
            found["density"] = (read(entry["density"]) / 255) ** 2 * entry["density"]["max"]
        if "judged" in entry:
            found["judged"] = read(entry["judged"]) / 255
        return found | {name: points(entry[name]) for name in ("target", "source") if name in entry}

    return [[scene(entry) for entry in panel["scenes"]] for panel in header["panels"]], header
