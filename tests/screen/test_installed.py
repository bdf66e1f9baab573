"""The installed package: made as the Dockerfile makes it, it stands without the checkout, in whatever folder it is started."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from flowviz.cli import load_run
from tests import dockerfile
from tests.screen.browsers import listen
from tests.screen.conftest import free_port

ROOT = Path(__file__).parents[2]
STAGE = '[data-testid="fv-stage"]'


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


@pytest.fixture(scope="module")
def commands(tmp_path_factory) -> Path:
    """The folder of `python` and `flowviz` in a fresh environment, which sees this one's libraries but not the checkout."""
    folder = tmp_path_factory.mktemp("installed")
    sources = folder / "src"
    sources.mkdir()
    for name in dockerfile.copied():
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, sources / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, sources / name)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    commands = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    ask = [commands / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    fresh = Path(subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip())
    # Not downloaded again: torch and all else, and what builds the wheel.
    (fresh / "libraries.pth").write_text(f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n")
    install = next(
        shlex.split(line) for line in dockerfile.rests("RUN") if line.startswith("pip install") and line.endswith(" .")
    )
    pip = [sys.executable, "-m", "pip", "--python", commands / "python", *install[1:], "--no-build-isolation", "--no-index"]
    done = subprocess.run(pip, capture_output=True, text=True, cwd=sources, env=environment(), check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    shutil.rmtree(sources)
    return commands


@pytest.fixture
def elsewhere(tmp_path) -> Path:
    """A folder of somebody else's Streamlit project, in which nothing may be taken for ours."""
    (tmp_path / "app.py").write_text("import streamlit as st\nst.write('not flowviz')\n")
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "config.toml").write_text('[theme.light]\nprimaryColor = "#ff0000"\n')
    return tmp_path


@pytest.fixture
def served(commands, elsewhere) -> Iterator[str]:
    """The base URL of the Dockerfile's CMD, running elsewhere, once its HEALTHCHECK is content."""
    port, log = str(free_port()), elsewhere / "log.txt"
    start = dockerfile.command(dockerfile.rests("CMD")[-1])
    start = [str(commands / start[0]), *start[1:], "--address", "127.0.0.1", "--port", port]
    health = [word.replace("8501", port) for word in dockerfile.command(dockerfile.rests("HEALTHCHECK")[-1])]
    with log.open("w") as out:
        process = subprocess.Popen(start, stdout=out, stderr=subprocess.STDOUT, cwd=elsewhere, env=environment())
    try:
        limit = time.monotonic() + 60
        while subprocess.run([commands / health[0], *health[1:]], capture_output=True, check=False).returncode != 0:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < limit, log.read_text()
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
    assert "Traceback" not in log.read_text(), log.read_text()


def test_everything_that_the_checkout_has_is_in_the_package(commands):
    package = next(commands.parent.rglob("flowviz/__init__.py")).parent
    entry = [ROOT / "app.py", *(ROOT / "pages").iterdir(), *(ROOT / ".streamlit").iterdir()]
    wanted = {Path("_app") / path.relative_to(ROOT) for path in entry if path.is_file()}
    wanted |= {path.relative_to(ROOT / "flowviz") for path in (ROOT / "flowviz").rglob("*") if path.is_file()}
    there = {path.relative_to(package) for path in package.rglob("*") if path.is_file()}
    assert {path for path in there ^ wanted if path.suffix != ".pyc"} == set()


@pytest.mark.browser
def test_the_installed_app_opens_and_trains_with_its_own_configuration(served, chromium):
    page = chromium.new_page(color_scheme="light")
    errors = listen(page)
    page.goto(f"{served}/?steps=50&width=32")
    page.wait_for_selector(STAGE, timeout=60_000)
    colour = "getComputedStyle(document.querySelector('[data-testid=\"fv-stage\"]')).getPropertyValue('--st-primary-color')"
    assert page.evaluate(colour).strip().lower() == "#006ba8"
    page.get_by_role("button", name="Train").click()
    page.get_by_text("Learned flow after 50 steps").first.wait_for(timeout=60_000)
    page.goto(f"{served}/glossary")
    page.get_by_role("heading", name="Glossary").wait_for(timeout=60_000)
    page.close()
    assert errors == []


def test_the_installed_command_trains(commands, elsewhere):
    command = [commands / "flowviz", "train", "--steps", "5", "--particles", "3", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=elsewhere, env=environment(), check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    assert load_run(elsewhere / "run.npz").about["complete"]
    done = subprocess.run([commands / "flowviz"], capture_output=True, text=True, cwd=elsewhere, env=environment(), check=False)
    assert done.returncode == 2
    assert done.stderr.endswith("see `flowviz --help`.\n")
