"""Learn: a lecture of ten steps, each a picture that answers back."""

from flowviz.ui import own_data
from flowviz.ui.learn import lecture, session
from flowviz.ui.words import notices

now = session.STATE.current()
lecture.bar(now)
notices(now.notes)
own_data.offer_again(now.notes)
lecture.pair(now)
lecture.step(now)
own_data.dialog([now.experiment], session.put)
