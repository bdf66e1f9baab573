"""What a figure is."""

from typing import Any

Figure = dict[str, Any]
