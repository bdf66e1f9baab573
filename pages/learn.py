"""Learn: a lecture of ten steps, each a picture that answers back."""

from flowviz.ui.learn import lecture, session

now = session.current()
lecture.bar(now)
lecture.notices()
lecture.pair(now)
lecture.step(now)
