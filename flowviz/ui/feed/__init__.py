"""The feed: what goes on in a training, made once and sent to all who watch it over a websocket of the app's own.

Streamlit's script runs when something changes (begun, paused, done, failed); while it goes on, the browser listens here.
"""

from flowviz.ui.feed.channel import Hub, Watched
from flowviz.ui.feed.page import follow
from flowviz.ui.feed.socket import count_sockets, routes, shared_hub

__all__ = ["Hub", "Watched", "count_sockets", "follow", "routes", "shared_hub"]
