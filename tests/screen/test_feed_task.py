"""Work in a thread, told by the feed: the bar moves, and the page is asked for when there is more to see, not in between."""

import json
import struct
import zlib

from flowviz.ui.feed.task import Told, WatchedTask
from flowviz.ui.progress import Line


def heard(task: WatchedTask) -> dict:
    plain = zlib.decompress(task.message(0.5))
    (length,) = struct.unpack_from("<I", plain)
    return json.loads(plain[4 : 4 + length])["options"]["feed"]


def test_each_step_is_a_message_and_only_a_result_another_signature():
    done = [0]
    task = WatchedTask("place", lambda: Told(Line("Measuring", done[0] / 4), done[0], f"table {done[0] >= 2}"))
    moments, messages = [], []
    for done[0] in range(4):
        moments.append(task.moment())
        messages.append(heard(task))
    assert len(set(moments)) == 4
    assert task.moment() == moments[-1]
    assert [message["lines"]["place"][0]["share"] for message in messages] == [0, 0.25, 0.5, 0.75]
    assert [message["at"] for message in messages] == [0, 1, 2, 3]
    assert [message["signature"] for message in messages] == ["table False", "table False", "table True", "table True"]


def test_two_tasks_of_one_place_have_a_channel_each():
    one, other = (WatchedTask("place", lambda: Told(Line("Measuring"), 0, "")) for _ in range(2))
    assert one.key == one.key != other.key
