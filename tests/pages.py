"""Pages in a real headless Chromium, and reviews to show in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from codemods.model import Change, Ledger
from migrator.results import EngineResult, Status
from migrator.review.facts import Review, ReviewedEngine, ReviewedFile
from migrator.review.hunks import hunks_of

NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str | None:
    """The browser that is there."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser that is closed at the end."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        try:
            yield started
        finally:
            started.close()


NEEDS_CHROMIUM = pytest.mark.skipif(chromium() is None, reason="no Chromium here: apt-get install chromium")


class Watched:
    """A page, and everything that it asked for or complained of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: dialog.accept("the desk reads this"))

    def open(self, path: Path) -> None:
        self.asked.clear()
        self.page.goto(path.as_uri())

    @property
    def current(self) -> str | None:
        """The hunk that has the focus, by its id."""
        found = self.page.query_selector(".hunk.current")
        return found.get_attribute("id") if found else None

    def press(self, *keys: str) -> list[str | None]:
        """Where each key leads."""
        places = []
        for key in keys:
            self.page.keyboard.press(key)
            places.append(self.current)
        return places


@contextmanager
def page_in(started: Browser) -> Iterator[Watched]:
    """A page of a wide screen, with nothing kept from another."""
    context = started.new_context(viewport={"width": 1280, "height": 900})
    yield Watched(context.new_page())
    context.close()


def review_of(files: dict[str, tuple[str, str]]) -> Review:
    """A review of one engine, whose files are these texts, before and after."""
    reviewed = tuple(ReviewedFile(path, old, new, hunks_of(path, old, new, ())) for path, (old, new) in files.items())
    result = EngineResult("e", 1, Status.WOULD_COMMIT, "b", Change("e", ledger=Ledger()))
    return Review("0" * 40, "1" * 64, "a test", (ReviewedEngine(result, reviewed),), (), (), (1,))
