"""Where the server's entry, its pages and its configuration lie: at the top of a checkout, inside an installed package."""

from pathlib import Path

_PACKAGE = Path(__file__).parent
_INSTALLED = _PACKAGE / "_app"
"""Where `pyproject.toml` puts them in the wheel; a checkout has no such folder."""

APP_FOLDER = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent
"""Holds `app.py`, `pages/` and `.streamlit/`."""

SHELL = _PACKAGE / "ui" / "shell.py"
"""The script that the server runs for every visitor."""
