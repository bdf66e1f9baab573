"""Arrays as the browser reads them, written a second time for the tests."""

from __future__ import annotations

import json
import struct
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
