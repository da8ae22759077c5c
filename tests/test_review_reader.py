"""What a reader of a review relies on: links that lead somewhere, filters that hide what they say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from pages import NEEDS_CHROMIUM, Watched, browser, page_in
from playwright.sync_api import Browser, expect
from tinyplatform import tiny_platform

from migrator.cli import cli
from migrator.demo.write import write_platform

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def started() -> Iterator[Browser]:
    with browser() as each:
        yield each


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The review of two engines of the sample platform that keep a cache, and of all phases."""
    return reviewed(tmp_path_factory.mktemp("sample"), "collateral", "features")


def reviewed(folder: Path, *engines: str) -> Path:
    root, path = folder / "platform", folder / "review.html"
    write_platform(root)
    named = [word for name in engines for word in ("--engine", name)]
    done = CliRunner().invoke(cli, ["review", "--repo", str(root), "--output", str(path), *named])
    assert done.exit_code == 0, done.output
    return path


@pytest.fixture
def watched(started: Browser, written: Path) -> Iterator[Watched]:
    with page_in(started) as page:
        page.open(written)
        yield page


def test_every_link_into_the_code_leads_to_a_line(watched: Watched) -> None:
    lost = watched.page.evaluate(
        "[...document.querySelectorAll('a[data-at]')].map(a => a.dataset.at.split(':'))"
        ".filter(([path, line]) => ![...document.querySelectorAll('details.file')].some(file =>"
        " file.querySelector('h3').textContent === path && file.querySelector(`.o > .l[data-n=\"${line}\"]`)))"
    )
    assert lost == []
    assert watched.page.locator(".evidence li:not(:has(a))").count() > 0  # a line that no hunk shows is quoted only


def test_a_link_leads_to_a_line_that_a_filter_hides(watched: Watched) -> None:
    link = watched.page.locator(".evidence a").first
    watched.page.fill("#search", "nowhere to be found")
    expect(watched.page.locator("#shown")).to_have_text(", 0 shown")
    link.evaluate("link => link.click()")
    expect(watched.page.locator("#shown")).to_have_text("")
    assert watched.page.locator(".hunk.current").is_visible()


def test_every_hunk_says_why(watched: Watched) -> None:
    told = [hunk.text_content() or "" for hunk in watched.page.locator(".hunk").all()]
    alone = [text for text in told if "Comes with the other changes of this file." in text]
    assert alone
    assert [text for text in told if text not in alone and not re.search(r"\b(rewrite|ask|refuse)\b", text)] == []


def test_what_is_kept_is_told_where_it_stands(watched: Watched) -> None:
    assert watched.page.locator(".note.keep").count() > 0


def test_a_change_without_a_site_of_its_own_goes_with_the_rewrites(watched: Watched) -> None:
    watched.page.uncheck("[name=verdict][value=suppressed]")
    expect(watched.page.locator("#shown")).to_have_text(f", {watched.page.locator('.hunk').count()} shown")
    watched.page.uncheck("[name=verdict][value=rewrite]")
    expect(watched.page.locator("#shown")).to_have_text(", 0 shown")


def test_a_mark_leaves_the_list_of_what_is_not_looked_at_and_the_keys_go_on(watched: Watched) -> None:
    watched.press("j", "j")
    watched.page.check("#open")
    watched.page.locator(".hunk.current").focus()
    all_of_them = watched.page.locator(".hunk").count()
    assert watched.press("x", "k", "j") == ["h0-3", "h0-1", "h0-3"]
    assert watched.page.inner_text(".state") == f"1 of {all_of_them} looked at, {all_of_them - 1} shown"


def test_the_phases_have_the_numbers_of_the_engines(watched: Watched) -> None:
    row = watched.page.locator("#engines tr", has_text="features").locator("td.number").first.inner_text()
    bar = watched.page.locator("#campaign tr", has_text="phase 3").locator("small .rewrite").inner_text()
    assert bar == f"{row} rewrite"


def test_a_no_says_that_it_was_said_and_of_which_line(watched: Watched) -> None:
    no = watched.page.locator("button.no").first
    assert re.fullmatch(r"no, leave line \d+ of \S+ as it is", no.get_attribute("aria-label") or "")
    states = [no.get_attribute("aria-pressed")]
    for _ in range(2):
        no.click()
        states.append(no.get_attribute("aria-pressed"))
    assert states == ["false", "true", "false"]


def test_a_no_of_one_review_is_not_written_by_another(watched: Watched, tmp_path: Path) -> None:
    watched.page.locator("button.no").first.click()
    lines = watched.page.inner_text("#export")
    assert lines.startswith("keep:\n")
    other = tmp_path / "other.html"
    CliRunner().invoke(cli, ["review", "--repo", str(tiny_platform(tmp_path)), "--output", str(other)])
    first = watched.page.url
    watched.open(other)
    assert watched.page.inner_text("#export") == "nothing yet"
    watched.page.locator("button.no").first.click()
    watched.page.goto(first)
    assert watched.page.inner_text("#export") == lines


def test_the_system_chooses_the_theme_until_a_reader_does(watched: Watched) -> None:
    themes = []
    for scheme in ("dark", "light"):
        watched.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        watched.page.reload()
        themes.append(watched.page.evaluate("document.documentElement.dataset.theme"))
    assert themes == ["dark", "light"]
    watched.press("t")
    watched.page.reload()
    assert watched.page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_paper_is_white_and_has_all_reasons(watched: Watched) -> None:
    watched.press("t", "j", "x", "j")
    watched.page.emulate_media(media="print")
    assert watched.page.evaluate("getComputedStyle(document.body).color") == "rgb(28, 32, 36)"
    assert watched.page.locator("#h0-1 .notes").first.is_visible()
    assert watched.page.locator(".engine > details:not([open])").count() > 0
    watched.page.pdf()
    assert watched.page.locator(".engine > details:not([open])").count() == 0


def test_a_no_without_a_reason_is_none(started: Browser, written: Path) -> None:
    page = started.new_page()
    page.on("dialog", lambda dialog: dialog.accept("  "))
    page.goto(written.as_uri())
    page.locator("button.no").first.click()
    assert page.inner_text("#export") == "nothing yet"
    page.close()
