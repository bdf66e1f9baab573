"""The server: `streamlit run app.py`, or `flowviz app` where the package is installed."""

import asyncio
import contextlib
import gc
import sys
from collections.abc import AsyncIterator

import streamlit as st
from starlette.middleware import Middleware

from flowviz.engine import count_workers, shared
from flowviz.experiment import Experiment
from flowviz.place import SHELL
from flowviz.scene.build import View
from flowviz.ui import assets, feed, pictures, thumbs
from flowviz.ui.ahead import Ahead
from flowviz.ui.whole import finish_callbacks

MINUTE = 60.0


def _warm_up() -> None:
    """Do once what the first visitor would wait for, then set aside what will stay: no later collection walks torch again."""
    pictures.exact(Experiment(), View())
    assets.warm_up()
    gc.collect()
    gc.freeze()


async def _collect() -> None:
    await asyncio.to_thread(_warm_up)
    while True:
        await asyncio.sleep(MINUTE)
        gc.collect()


@contextlib.asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Start the engine with the server and stop it with it; collect garbage once a minute, not after every refresh."""
    engine = shared()
    collector = asyncio.create_task(_collect())
    yield
    collector.cancel()
    engine.stop()


try:
    count_workers()
    feed.count_sockets()
except ValueError as error:
    print(error, file=sys.stderr)
    sys.exit(2)

finish_callbacks()
app = st.App(
    SHELL,
    lifespan=lifespan,
    routes=[*assets.routes(), *thumbs.routes(), *feed.routes()],
    middleware=[Middleware(Ahead)],
)
