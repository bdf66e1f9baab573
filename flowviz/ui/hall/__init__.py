"""A hall of visitors over real sockets, for `python -m flowviz bench --hall`: it speaks Streamlit's protocol and the feed's."""
