"""python -m flowviz app: start the server, from any folder."""

import argparse
import runpy
import sys

from flowviz.cli.errors import whole
from flowviz.place import APP_FOLDER

ADDRESS, PORT = "127.0.0.1", 8501
DESCRIPTION = f"""\
Start the server, with flowviz's own configuration, whatever folder you are in. Open the address that it prints; Ctrl-C ends it.

By default only this machine can see it; `--address 0.0.0.0` lets others in. FLOWVIZ_WORKERS=N in the environment sets the
number of trainings at a time; every other setting of Streamlit's is read from the environment too, as STREAMLIT_SERVER_BASE_URL_PATH.
The file it starts is {APP_FOLDER / "app.py"}."""
FORMATTER = argparse.RawDescriptionHelpFormatter


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what `app` understands."""
    parser.add_argument("--address", help=f"where to listen; 0.0.0.0 is every network of this machine (default {ADDRESS})")
    parser.add_argument("--port", help=f"the port to listen at (default {PORT})")


def run(args: argparse.Namespace) -> int:
    """Serve until stopped."""
    command = ["streamlit", "run", str(APP_FOLDER / "app.py")]
    if args.address is not None:
        command += ["--server.address", args.address]
    if args.port is not None:
        command += ["--server.port", str(whole("--port", args.port, 1, 65_535, PORT))]
    # In this process, so that whoever stops `flowviz app` stops the server.
    before, sys.argv = sys.argv, command
    try:
        runpy.run_module("streamlit", run_name="__main__", alter_sys=True)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    finally:
        sys.argv = before
    return 0
