"""Learn: a lecture of ten steps, each a picture that answers back."""

from flowviz.ui import own
from flowviz.ui.learn import lecture, session

now = session.current()
lecture.bar(now)
lecture.notices()
lecture.pair(now)
lecture.step(now)
own.dialog([now.experiment], session.put)
