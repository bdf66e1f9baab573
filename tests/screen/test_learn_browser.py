"""The lecture in a real browser: by keyboard alone, for a projector, on a phone; its pictures against the exact field."""

import itertools
import time

import pytest
import torch

from flowviz.experiment import Experiment
from flowviz.known import known
from flowviz.lessons.tables import coefficient_table
from flowviz.ui.learn.steps import STEPS
from tests.sound import accessible, valid_formulas

pytestmark = pytest.mark.browser

LESSON, BAR, PLAY, ANSWER = ".fv-lesson", '[data-testid="fv-lecture"]', '[data-testid="fv-play"]', ".st-key-fv_l_answer details"
SLUGS = [step.slug for step in STEPS]
SLOW = 50
"""Milliseconds within which the probe must answer."""


@pytest.fixture
def open_page(visit):
    def start(query: str = "", *, width: int = 1440, height: int = 900, motion: str = "reduce", **options):
        ready = f"{BAR}[data-shown]"
        return visit(f"learn?{query}", ready, width=width, height=height, motion=motion, **options)

    return start


def shown(page) -> str:
    return page.locator(BAR).get_attribute("data-shown")


def data(page) -> dict[str, str]:
    return page.locator(LESSON).first.evaluate("root => ({...root.dataset})")


def lesson(page, kind: str) -> dict[str, str]:
    """The picture's own numbers, once it has been drawn."""
    page.wait_for_selector(f'{LESSON}[data-kind="{kind}"][data-frames]', timeout=60_000)
    return data(page)


def frames(page) -> int:
    return int(data(page)["frames"])


def ask(page, until, x: float, y: float, i: int) -> dict[str, str]:
    """Put the probe at a place and the clock at the i-th time; gives what is then drawn."""
    before = frames(page)
    page.locator(LESSON).evaluate("(root, [x, y, i]) => { root.lesson.seek(i); root.lesson.probe.move(x, y); }", [x, y, i])
    until(page, lambda: frames(page) > before)
    return data(page)


def test_the_whole_lecture_by_keyboard_alone(open_page, until):
    page = open_page()
    slowest = 0.0
    for key, slug in zip(itertools.cycle(["ArrowRight", "PageDown", "n"]), SLUGS[1:], strict=False):
        began = time.monotonic()
        page.keyboard.press(key)
        until(page, lambda slug=slug: shown(page) == slug)
        slowest = max(slowest, time.monotonic() - began)
        assert f"step={slug}" in page.url
        assert page.locator("[data-testid=stMain]").evaluate("e => e.scrollTop") == 0
        page.keyboard.press("Enter")
        until(page, lambda: page.locator(f"{ANSWER}[open]").count() == 1)
        page.keyboard.press("a")
        until(page, lambda: page.locator(f"{ANSWER}[open]").count() == 0)
    page.keyboard.press("ArrowRight")  # nothing after the last
    for key, slug in zip(itertools.cycle(["ArrowLeft", "PageUp", "p"]), reversed(SLUGS[:-1]), strict=False):
        page.keyboard.press(key)
        until(page, lambda slug=slug: shown(page) == slug)
    page.keyboard.press("End")
    until(page, lambda: shown(page) == SLUGS[-1])
    page.keyboard.press("Home")
    until(page, lambda: shown(page) == SLUGS[0])
    for _ in range(3):  # faster than the pages come
        page.keyboard.press("PageDown")
    until(page, lambda: shown(page) == SLUGS[3])
    print(f"\n  slowest turn {slowest:.2f} s")


def test_keys_do_nothing_to_the_lecture_while_somebody_types_or_a_picture_has_the_focus(open_page, until):
    page = open_page("step=pair")
    lesson(page, "pair")
    handle = page.locator('[data-handle="x0"]')
    handle.focus()
    x = float(handle.get_attribute("data-x"))
    page.keyboard.press("ArrowRight")
    until(page, lambda: float(handle.get_attribute("data-x")) > x)
    assert shown(page) == "pair"
    page.locator('[data-testid="fv-scrub"]').focus()
    page.keyboard.press("ArrowRight")
    page.get_by_text("Path", exact=False).first.wait_for()
    page.locator(".st-key-fv_l_path button").first.click()
    page.locator(".st-key-fv_l_path input, [data-testid=stPopoverBody] input").first.click()
    page.keyboard.type("np")
    page.wait_for_timeout(500)
    assert shown(page) == "pair"
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.locator('[data-handle="x0"]').focus()
    page.keyboard.press("PageDown")  # a clicker always turns the page
    until(page, lambda: shown(page) == SLUGS[2])


def test_space_plays_and_pauses_the_picture(open_page, until):
    page = open_page("step=pair", motion="no-preference")
    until(page, lambda: lesson(page, "pair")["playing"] == "true")
    page.keyboard.press(" ")
    until(page, lambda: data(page)["playing"] == "false")
    held = data(page)["t"]
    page.wait_for_timeout(200)
    assert data(page)["t"] == held
    page.keyboard.press(" ")
    until(page, lambda: data(page)["t"] != held)


def test_a_picture_that_plays_by_itself_comes_to_rest_where_it_began(open_page, until):
    page = open_page("step=bell", motion="no-preference")
    until(page, lambda: lesson(page, "bell")["playing"] == "true")
    until(page, lambda: data(page)["playing"] == "false")
    assert float(data(page)["t"]) == pytest.approx(0.3)


@pytest.mark.parametrize("size", [(1920, 1080, "&present=1", "dark"), (420, 900, "", "light")])
def test_no_formula_is_cut_whatever_the_path_and_each_step_is_sound(open_page, size, until):
    width, height, present, scheme = size
    page = open_page(f"source=moons&path=si-linear{present}", width=width, height=height, scheme=scheme)
    for slug in SLUGS:
        until(page, lambda slug=slug: shown(page) == slug)
        page.wait_for_selector(".st-key-fv_l_words .katex-display", timeout=60_000)
        page.wait_for_timeout(300)
        wide = page.locator(".st-key-fv_l_words .katex-display").evaluate_all(
            "all => all.map(e => e.scrollWidth - e.clientWidth)"
        )
        assert max(wide, default=0) <= 0, (slug, wide)
        valid_formulas(page)
        accessible(page)
        page.keyboard.press("PageDown")


def test_presented_each_step_fits_the_projector_with_its_answer_open_in_large_type(open_page, until):
    page = open_page("present=1", width=1920, height=1080)
    for slug in SLUGS:
        until(page, lambda slug=slug: shown(page) == slug)
        page.wait_for_selector(f"{LESSON}[data-frames], [data-testid=fv-stage], .fv-livefig[data-draws]", timeout=60_000)
        page.wait_for_timeout(800)
        assert overflow(page) <= 0, slug
        type_size = page.locator(".st-key-fv_l_words p").first.evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
        assert type_size >= 24
        assert page.locator("[data-testid=stHeader]").is_hidden()
        page.keyboard.press("Enter")
        until(page, lambda: page.locator(f"{ANSWER}[open]").count() == 1)
        page.wait_for_timeout(400)
        assert overflow(page) <= 0, (slug, "answer open")
        keys = page.locator(".fv-l-hint").bounding_box()
        lowest = page.locator(".st-key-fv_l_picture").evaluate("""e => Math.max(...[...e.querySelectorAll("*")]
            .filter(n => !n.children.length && n.offsetWidth).map(n => n.getBoundingClientRect().bottom))""")
        assert lowest <= keys["y"], (slug, lowest, keys)
        assert page.locator(".st-key-fv_l_picture").bounding_box()["width"] >= 0.6 * 1840
        page.keyboard.press("PageDown")


def overflow(page) -> int:
    """Pixels by which the page is larger than the screen, in either direction."""
    return page.locator("[data-testid=stMain]").evaluate(
        "e => Math.max(e.scrollHeight - e.clientHeight, e.scrollWidth - e.clientWidth)"
    )


def test_present_mode_comes_and_goes_by_key_and_by_button(open_page, until):
    page = open_page("step=pair", width=1920, height=1080)
    page.keyboard.press("f")
    until(page, lambda: "present=1" in page.url and page.locator("[data-testid=stHeader]").is_hidden())
    page.keyboard.press("Escape")
    until(page, lambda: "present" not in page.url and page.locator("[data-testid=stHeader]").is_visible())
    page.get_by_test_id("fv-l-present").click()
    until(page, lambda: "present=1" in page.url)
    page.keyboard.press("ArrowRight")
    until(page, lambda: shown(page) == SLUGS[2] and "present=1" in page.url)
    page.keyboard.press("F")
    until(page, lambda: "present" not in page.url)


@pytest.mark.parametrize(
    "flat",
    [
        {},
        {"target": "moons"},
        {"source": "moons", "target": "spirals"},
        {"source": "checkerboard", "target": "swissroll", "path": "trig"},
        {"path": "vp"},
        {"path": "ve"},
        {"target": "circles", "path": "bridge"},
        {"target": "two-points", "path": "si-linear"},
    ],
    ids=lambda flat: "-".join(flat.values()) or "default",
)
def test_the_probe_gives_the_exact_velocity_within_50_ms(open_page, capsys, flat: dict[str, str], until):
    experiment = Experiment.from_flat(flat)
    field, page = known(experiment).field, open_page("step=average&" + "&".join(f"{k}={v}" for k, v in flat.items()))
    lesson(page, "average")
    times = coefficient_table(field.path, field.interval[1])["t"]
    spent = []
    for x, y, i in [(0.3, -0.4, 200), (1.7, 2.1, 80), (-2.5, 0.6, 330), (0.1, 0.2, 396), (-0.7, -1.3, 4)]:
        got = ask(page, until, x, y, i)
        assert float(got["t"]) == times[i]
        place = torch.tensor([[float(got["x"]), float(got["y"])]], dtype=torch.float64)
        exact = field.velocity(place, torch.tensor(times[i], dtype=torch.float64))[0]
        mean = torch.tensor([float(v) for v in got["mean"].split(",")], dtype=torch.float64)
        assert float((mean - exact).norm()) <= 1e-6 * max(1e-3, float(exact.norm())), (x, y, i)
        assert int(got["n"]) == len(field.law.weights)
        spent.append(float(got["ms"]))
    with capsys.disabled():
        print(
            f"\n  {len(field.law.weights):>5} components: whole answers, drawing included, {min(spent):.1f} to {max(spent):.1f} ms"
        )
    assert sorted(spent)[2] <= SLOW  # the median, since this machine has other work too


def test_a_trail_of_means_becomes_the_field_and_can_be_cleared(open_page, until):
    page = open_page("step=average")
    lesson(page, "average")
    box = page.locator(f"{LESSON} canvas").first.bounding_box()
    for share in (0.3, 0.4, 0.5, 0.6, 0.7):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + 0.5 * box["height"])
        page.wait_for_timeout(60)
    until(page, lambda: int(data(page)["trail"]) >= 5)
    page.get_by_test_id("fv-fill").click()
    until(page, lambda: int(data(page)["trail"]) >= 200)
    page.get_by_test_id("fv-clear").click()
    until(page, lambda: int(data(page)["trail"]) == 0)
    page.locator('[data-handle="probe"]').focus()
    before = data(page)
    page.keyboard.press("Shift+ArrowUp")
    until(page, lambda: float(data(page)["y"]) > float(before["y"]) and data(page)["mean"] != before["mean"])


def test_dragging_an_end_of_the_pair_moves_path_and_velocity_and_the_link_carries_it(open_page):
    page = open_page("step=pair&target=moons&path=trig")
    lesson(page, "pair")
    link = page.get_by_role("link", name="Try it in the Playground").get_attribute("href")
    assert link.endswith("/?target=moons&path=trig") or link == "./?target=moons&path=trig"
    page.locator(LESSON).evaluate("root => root.lesson.seek(100)")
    handle = page.locator('[data-handle="x1"]')
    start = page.evaluate(
        "() => { const r = document.querySelector('[data-handle=x1]').getBoundingClientRect(); return [r.x, r.y]; }"
    )
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0] + 60, start[1] + 40, steps=4)
    page.mouse.up()
    page.wait_for_timeout(100)
    ends = {
        name: [float(page.locator(f'[data-handle="{name}"]').get_attribute(f"data-{axis}")) for axis in "xy"]
        for name in ("x0", "x1")
    }
    path = Experiment.from_flat({"path": "trig"}).path
    t = torch.tensor([0.25], dtype=torch.float64)
    x0, x1 = (torch.tensor([ends[name]], dtype=torch.float64) for name in ("x0", "x1"))
    got = data(page)
    assert [float(got["x"]), float(got["y"])] == pytest.approx(path.point(x0, x1, t)[0].tolist(), rel=1e-9)
    assert [float(v) for v in got["u"].split(",")] == pytest.approx(path.target(x0, x1, t)[0].tolist(), rel=1e-9)
    assert handle.get_attribute("role") == "slider"
    assert handle.get_attribute("aria-valuetext")


def test_the_bell_respects_less_motion_and_has_the_paths_mean_and_width(open_page):
    page = open_page("step=bell&path=vp")
    assert lesson(page, "bell")["playing"] == "false"
    page.locator(LESSON).evaluate("root => { root.lesson.seek(300); root.lesson.x1.move(2, -3); }")
    page.wait_for_timeout(150)
    path, t = Experiment.from_flat({"path": "vp"}).path, torch.tensor(0.75, dtype=torch.float64)
    got = data(page)
    assert [float(v) for v in got["mu"].split(",")] == pytest.approx(
        [2 * float(path.alpha(t)), -3 * float(path.alpha(t))], rel=1e-9
    )
    assert float(got["sigma"]) == pytest.approx(float(path.sigma(t)), rel=1e-6)


def test_crossing_paths_disagree_and_agree_again_at_the_data(open_page, until):
    page = open_page("step=crossing")
    first = lesson(page, "crossing")
    assert int(first["count"]) > 5
    assert float(first["spread"]) > 1
    middle = ask(page, until, 0.0, 0.0, 100)
    assert float(middle["angle"]) > 180


def test_more_steps_bring_the_samples_to_the_data_and_ot_straightens(open_page, until):
    page = open_page("step=sampling")
    one = lesson(page, "sampling")
    assert one["n"] == "1"
    assert float(one["off"]) < 1e-3
    page.get_by_test_id("fv-steps").focus()
    page.keyboard.press("End")
    until(page, lambda: data(page)["n"] == "50")
    assert float(data(page)["w2"]) < 0.2 * float(one["w2"])
    page.keyboard.press("Home")
    page.get_by_test_id("fv-ot").click()
    until(page, lambda: data(page)["coupling"] == "ot" and data(page)["n"] == "1")
    assert float(data(page)["w2"]) < 0.3 * float(one["w2"])


def test_back_forward_and_reload_keep_step_and_pair(open_page, until):
    page = open_page("step=pair&target=moons")
    page.keyboard.press("PageDown")
    until(page, lambda: shown(page) == "bell")
    page.keyboard.press("PageDown")
    until(page, lambda: shown(page) == "crossing")
    page.go_back()
    until(page, lambda: shown(page) == "bell")
    page.go_forward()
    until(page, lambda: shown(page) == "crossing")
    page.reload()
    until(page, lambda: page.locator(f"{BAR}[data-shown]").count() == 1 and shown(page) == "crossing")
    assert "target=moons" in page.url
    assert page.get_by_text("Moons").count() >= 1


def test_on_a_phone_the_picture_comes_first_and_nothing_is_wider_than_the_screen(open_page, until):
    page = open_page("step=average", width=420, has_touch=True)
    lesson(page, "average")
    page.wait_for_timeout(500)
    picture, words = (page.locator(f".st-key-fv_l_{name}").bounding_box() for name in ("picture", "words"))
    pair = page.locator(".st-key-fv_l_pair").bounding_box()
    assert picture["y"] + picture["height"] <= words["y"] + 1
    assert pair["y"] > words["y"]
    box = page.locator(f"{LESSON} canvas").first.bounding_box()
    page.touchscreen.tap(box["x"] + 0.3 * box["width"], box["y"] + 0.4 * box["height"])
    until(page, lambda: float(data(page)["x"]) < -1)
    wide = page.evaluate(
        "() => document.querySelector('[data-testid=stMain]').scrollWidth - document.querySelector('[data-testid=stMain]').clientWidth"
    )
    assert wide <= 1
