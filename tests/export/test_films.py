"""Films, opened by readers that are not ours: frames, size, duration, pixel format, what moves, where they came from."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

import flowviz
from flowviz.export import FORMATS, Cancelled, Options, export, render_frame
from flowviz.export import ffmpeg as ffmpeg_room
from flowviz.scene import Panel
from tests.export.scenes import EVERY, swirl

ORIGIN = f"flowviz {flowviz.__version__} ?source=gaussian&target=moons&path=trig&coupling=independent"
needs_ffmpeg = pytest.mark.skipif(not FORMATS["mp4"].available(), reason=FORMATS["mp4"].reason())


def moved(frames: list[np.ndarray]) -> bool:
    """Whether first, middle and last picture differ from each other by more than noise."""
    a, b, c = (frames[i].astype(int) for i in (0, len(frames) // 2, -1))
    return all((np.abs(p - q).max(2) > 60).sum() > 300 for p, q in ((a, b), (b, c), (a, c)))


@needs_ffmpeg
@pytest.mark.parametrize("size", ["960x720", "1080x1080"])
@pytest.mark.parametrize(("format", "codec"), [("mp4", "h264"), ("webm", "vp9")])
def test_a_video_is_what_was_asked_for(tmp_path, panels, experiment, format, codec, size):
    av = pytest.importorskip("av")
    options = Options(fps=10, seconds=0.8, size=size)
    found = export(panels, format, tmp_path / "a", options, experiment=experiment)
    with av.open(str(tmp_path / "a")) as file:
        (stream,) = file.streams
        frames = [frame.to_ndarray(format="rgb24") for frame in file.decode(stream)]
        assert stream.codec_context.name.removeprefix("lib") in (codec, "dav1d", "vpx-vp9")
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert (stream.codec_context.width, stream.codec_context.height) == options.pixels
        assert stream.average_rate == Fraction(10)
        assert file.duration / 1e6 == pytest.approx(0.8, abs=0.02)
        about = {name.lower(): text for name, text in file.metadata.items()}
        assert about["comment"].startswith(ORIGIN)
        assert about["title"] == "Exact flow"
    assert len(frames) == found.frames == 8
    assert moved(frames)
    assert np.abs(frames[0][5, 5].astype(int) - 255).max() <= 3  # white stays white


@needs_ffmpeg
def test_colours_survive_the_video(tmp_path):
    """Within a few levels: the matrix is named and used."""
    av = pytest.importorskip("av")
    panels = [Panel((swirl(),))]
    options = Options(fps=10, seconds=0.5, layers=("density",), dark=True)
    export(panels, "mp4", tmp_path / "a.mp4", options)
    with av.open(str(tmp_path / "a.mp4")) as file:
        assert file.streams[0].codec_context.colorspace == 1  # BT.709
        video = next(file.decode(video=0)).to_ndarray(format="rgb24", src_colorspace="ITU709")
    drawn = render_frame(panels, 0.0, options)[..., :3]
    assert np.abs(video.astype(int) - drawn.astype(int)).mean() < 2.5


@needs_ffmpeg
def test_an_mp4_starts_before_it_is_loaded(tmp_path, panels, short):
    export(panels, "mp4", tmp_path / "a.mp4", short)
    data = (tmp_path / "a.mp4").read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def check_gif(path, short, comment):
    with Image.open(path) as file:
        assert file.format == "GIF"
        assert file.size == (960, 720)
        assert file.info["loop"] == 0
        assert file.info["comment"].decode().startswith(comment)
        frames, duration = [], 0
        for i in range(file.n_frames):
            file.seek(i)
            duration += file.info["duration"]
            frames.append(np.asarray(file.convert("RGB")))
    assert duration == 800
    assert moved(frames)
    return len(frames)


@needs_ffmpeg
def test_a_gif_loops_and_says_where_it_came_from(tmp_path, panels, short, experiment):
    found = export(panels, "gif", tmp_path / "a.gif", short, experiment=experiment)
    assert check_gif(tmp_path / "a.gif", short, ORIGIN) == found.frames == 8
    av = pytest.importorskip("av")
    with av.open(str(tmp_path / "a.gif")) as file:
        assert sum(1 for _ in file.decode(video=0)) == 8


def test_without_ffmpeg_there_is_a_gif_and_a_reason_for_the_rest(tmp_path, panels, short, experiment, monkeypatch):
    def none():
        raise RuntimeError("no ffmpeg was found; install one.")

    monkeypatch.setattr(ffmpeg_room, "program", none)
    export(panels, "gif", tmp_path / "a.gif", short, experiment=experiment)
    assert check_gif(tmp_path / "a.gif", short, ORIGIN) <= 8  # Pillow joins equal frames
    assert export(panels, "webp", tmp_path / "a.webp", short).frames == 8
    for format in ("mp4", "webm"):
        assert not FORMATS[format].available()
        with pytest.raises(RuntimeError, match=r"cannot be written here: no ffmpeg was found; install one\."):
            export(panels, format, tmp_path / "b", short)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.gif", "a.webp"]


def test_an_animated_webp(tmp_path, panels, short, experiment):
    export(panels, "webp", tmp_path / "a.webp", short, experiment=experiment)
    with Image.open(tmp_path / "a.webp") as file:
        assert (file.format, file.size, file.info["loop"]) == ("WEBP", (960, 720), 0)
        assert str(file.getexif()[0x010E]).startswith(ORIGIN)
        frames, duration = [], 0
        for i in range(file.n_frames):
            file.seek(i)
            file.load()
            duration += file.info["duration"]
            frames.append(np.asarray(file.convert("RGB")))
    assert duration == 800
    assert moved(frames)


def test_times_end_at_one_and_rest_there():
    times = Options(fps=20, seconds=4).times()
    assert (len(times), times[0], times[-1], times[-12]) == (80, 0.0, 1.0, 1.0)
    assert np.all(np.diff(times) >= 0)
    assert len(Options(fps=1, seconds=0.5).times()) == 2


MOVING = [slug for slug, format in FORMATS.items() if format.moving]


@pytest.mark.parametrize("format", MOVING)
def test_progress_is_told_frame_by_frame(tmp_path, panels, short, format):
    told: list[tuple[int, int]] = []
    export(panels, format, tmp_path / "a", short, progress=lambda *done: told.append(done))
    assert told == [(i, 8) for i in range(1, 9)]


@pytest.mark.parametrize(
    ("format", "asked"), [(slug, 1) for slug in FORMATS] + [(slug, 4) for slug in (*MOVING, "strip-png", "strip-pdf", "csv")]
)
def test_a_cancelled_export_leaves_the_folder_as_it_was(tmp_path, panels, short, experiment, learned, format, asked):
    (tmp_path / "a").write_text("before")
    count = iter(range(1000))
    with pytest.raises(Cancelled):
        export(
            panels, format, tmp_path / "a", short, experiment=experiment, learned=learned, cancel=lambda: next(count) >= asked - 1
        )  # fmt: skip
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_text() == "before"


@needs_ffmpeg
def test_what_ffmpeg_complains_about_is_said(tmp_path, panels, short, monkeypatch):
    monkeypatch.setitem(ffmpeg_room.CODECS, "mp4", ["-c:v", "no_such_codec", "-f", "mp4"])
    with pytest.raises(RuntimeError, match=r"ffmpeg ended with code \d+: .*Encoder not found"):
        export(panels, "mp4", tmp_path / "a.mp4", short)
    assert list(tmp_path.iterdir()) == []


def test_two_threads_may_export_at_once(panels, short):
    """matplotlib's settings are global; ours are taken in turns."""
    from concurrent.futures import ThreadPoolExecutor

    one = render_frame(panels, 0.5, Options(layers=EVERY))
    with ThreadPoolExecutor(2) as pool:
        for frame in pool.map(lambda _: render_frame(panels, 0.5, Options(layers=EVERY)), range(4)):
            np.testing.assert_array_equal(frame, one)


def test_a_comment_longer_than_a_block_is_read_back(tmp_path):
    Image.new("P", (4, 4)).save(tmp_path / "a.gif")
    ffmpeg_room.add_comment(tmp_path / "a.gif", "x" * 700)
    with Image.open(tmp_path / "a.gif") as file:
        file.load()
        assert file.info["comment"] == b"x" * 700
    (tmp_path / "b").write_bytes(b"no gif at all")
    with pytest.raises(ValueError, match="does not begin as a GIF does"):
        ffmpeg_room.add_comment(tmp_path / "b", "x")
