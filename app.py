"""The server: `streamlit run app.py`."""

import asyncio
import contextlib
import gc
import sys
from collections.abc import AsyncIterator

import streamlit as st

from flowviz.engine import count_workers, shared
from flowviz.ui import assets, thumbs

MINUTE = 60.0


async def _collect() -> None:
    while True:
        await asyncio.sleep(MINUTE)
        gc.collect()


@contextlib.asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Start the engine with the server and stop it with it; collect garbage once a minute, not after every refresh."""
    engine = shared()
    gc.collect()
    gc.freeze()  # what was imported stays: no later collection walks all of torch again
    collector = asyncio.create_task(_collect())
    yield
    collector.cancel()
    engine.stop()


try:
    count_workers()
except ValueError as error:
    print(error, file=sys.stderr)
    sys.exit(2)

app = st.App("flowviz/ui/shell.py", lifespan=lifespan, routes=[*assets.routes(), *thumbs.routes()])
