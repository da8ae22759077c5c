"""The page of `migrate review` in a real browser: keyboard, filters, marks, hostile code, small and wide screens."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from gitrepo import use_fixed_git
from pages import NEEDS_CHROMIUM, Watched, browser, page_in, review_of
from playwright.sync_api import Browser, expect
from tinyplatform import ASKING, PUBLISHER, tiny_platform

from migrator.cli import cli
from migrator.review.page import page_of

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def started() -> Iterator[Browser]:
    with browser() as each:
        yield each


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The review of a platform with an engine that moves and one that asks."""
    with pytest.MonkeyPatch.context() as patch:
        use_fixed_git(patch)
        root = tiny_platform(tmp_path_factory.mktemp("review"), portfolio=ASKING)
        path = root.parent / "review.html"
        done = CliRunner().invoke(cli, ["review", "--repo", str(root), "--output", str(path)])
        assert done.exit_code == 4, done.output
        return path


@pytest.fixture
def watched(started: Browser) -> Iterator[Watched]:
    with page_in(started) as page:
        yield page


def shown(watched: Watched) -> list[str | None]:
    return [each.get_attribute("id") for each in watched.page.query_selector_all(".hunk") if each.is_visible()]


def test_nothing_leaves_the_file_and_nothing_complains(watched: Watched, written: Path) -> None:
    watched.open(written)
    for key in ("j", "v", "t", "?", "x", "n", "q", "e"):
        watched.page.keyboard.press(key)
    assert (watched.asked, watched.complaints) == ([written.as_uri()], [])


def test_the_keyboard_leads_through_hunks_files_and_questions(watched: Watched, written: Path) -> None:
    watched.open(written)
    hunks = shown(watched)
    assert hunks == ["h0-1", "h0-2", "h1-1", "h1-2"]
    assert watched.press("j", "j", "j", "j", "j", "k") == ["h0-1", "h0-2", "h1-1", "h1-2", "h1-2", "h1-1"]
    assert watched.press("p", "n", "n") == ["h0-1", "h1-1", "h1-1"]
    assert watched.press("Q", "Q", "q") == ["h0-2", "h0-2", "h0-2"]
    assert watched.page.evaluate("document.activeElement.id") == "h0-2"


def test_filters_leave_what_was_asked_for(watched: Watched, written: Path) -> None:
    watched.open(written)
    watched.page.uncheck("[name=verdict][value=rewrite]")
    assert shown(watched) == ["h0-1", "h0-2"]
    watched.page.check("[name=verdict][value=rewrite]")
    watched.page.select_option("#codemod", "publishing")
    assert shown(watched) == ["h1-2"]
    watched.page.select_option("#codemod", "")
    watched.page.fill("#search", "GET_DUAL_BUS_CLIENT(")
    expect(watched.page.locator("#shown")).to_have_text(", 1 shown")
    assert shown(watched) == ["h1-2"]
    watched.page.fill("#search", "")
    watched.page.check("#warned")
    expect(watched.page.locator("#shown")).to_have_text(", 0 shown")
    assert shown(watched) == []


def test_a_mark_survives_a_reload_and_can_be_filtered_by(watched: Watched, written: Path) -> None:
    watched.open(written)
    watched.press("j", "j", "x")
    watched.page.reload()
    assert watched.page.inner_text(".state") == "1 of 4 looked at"
    assert [each.is_checked() for each in watched.page.query_selector_all(".looked")] == [False, True, False, False]
    watched.page.check("#open")
    assert shown(watched) == ["h0-1", "h1-1", "h1-2"]


def test_a_question_stands_in_the_code_with_its_answer(watched: Watched, written: Path) -> None:
    watched.open(written)
    before = watched.page.query_selector("#h0-2 .in-place:last-of-type")
    assert before
    line = before.evaluate("e => [...e.previousElementSibling.querySelectorAll('.o .l')].pop().textContent")
    assert line.strip() == 'await self.bus.publish(f"portfolio.weights.{symbol}", {"symbol": symbol})'
    assert 'match: "portfolio.weights.*"' in before.inner_text()


def test_evidence_leads_to_the_line(watched: Watched, written: Path) -> None:
    watched.open(written)
    note = watched.page.locator("#h1-2 .note", has_text="publishing").first
    note.locator("summary").click()
    note.locator(".evidence a").last.click()
    assert watched.current == "h1-1"


def test_a_no_becomes_lines_that_the_next_run_honours(watched: Watched, tmp_path: Path) -> None:
    root = tiny_platform(tmp_path)
    path = tmp_path / "review.html"
    CliRunner().invoke(cli, ["review", "--repo", str(root), "--output", str(path)])
    watched.open(path)
    watched.page.locator(".note", has_text="publishing").locator("button.no").click()
    lines = watched.page.inner_text("#export")
    with (root / "engines.yaml").open("a") as file:
        file.write(lines + "\n")
    done = CliRunner().invoke(cli, ["--all", "--dry-run", "--repo", str(root)])
    assert (done.stdout, done.exit_code) == ("", 4)
    assert "the desk reads this" in done.stderr


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_the_screen(started: Browser, written: Path, width: int, scheme: str) -> None:
    context = started.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(written.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    page.keyboard.press("t")
    assert page.evaluate("document.documentElement.dataset.theme") != scheme
    context.close()


def test_it_reads_without_a_script_too(started: Browser, written: Path) -> None:
    context = started.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(written.as_uri())
    assert page.locator(".hunk").count() == 4
    assert page.locator(".hunk .n .l", has_text="get_dual_bus_client(").is_visible()
    context.close()


def test_a_screen_reader_is_told_what_goes_and_what_comes(watched: Watched, written: Path) -> None:
    watched.open(written)
    for role in ("deletion", "insertion"):
        assert watched.page.get_by_role(role).count() > 0  # type: ignore[arg-type]
    unnamed = watched.page.evaluate(
        "[...document.querySelectorAll('button, input, select, svg[role=img], [role=group]')]"
        ".filter(e => !(e.labels && e.labels.length) && !e.getAttribute('aria-label') && !e.textContent.trim()).length"
    )
    assert unnamed == 0


HOSTILE = PUBLISHER.replace(
    '"""Publishes signals."""\n\n',
    f"LONG = '{'x' * 200_000}'\n"
    '# </script><script>document.title = "taken"</script><img src=x onerror="document.title=1">\n'
    "CHECK = 'user\u202e \u2066# admin\u2069 \u2066'\n",
)


def test_hostile_code_is_shown_and_does_nothing(watched: Watched, tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, strategy=HOSTILE)
    path = tmp_path / "review.html"
    CliRunner().invoke(cli, ["review", "--repo", str(root), "--output", str(path)])
    watched.open(path)
    assert (watched.page.title(), watched.complaints, watched.asked) == ("Review of all engines", [], [path.as_uri()])
    assert "<script>document.title" in watched.page.inner_text("#h0-1 .o")
    assert [each.inner_text() for each in watched.page.query_selector_all("#h0-1 .o .odd")] == [
        "U+202E", "U+2066", "U+2069", "U+2066",
    ]  # fmt: skip
    assert path.stat().st_size < 200_000


def test_ten_thousand_hunks_are_usable_within_two_seconds(watched: Watched, tmp_path: Path) -> None:
    """The clock is that of the page's own processor time, as far as the browser says it: the machine may be busy."""
    old = "".join(f"value_{n} = {n}  # a line of code\n" for n in range(20 * 100))
    new = "".join(f"value_{n} = {n + (n % 20 == 10)}  # a line of code\n" for n in range(20 * 100))
    review = review_of({f"folder/file_{number}.py": (old, new) for number in range(100)})
    assert review.hunks == 10_000
    path = tmp_path / "review.html"
    path.write_text(page_of(review))
    assert path.stat().st_size < 60_000_000
    session = watched.page.context.new_cdp_session(watched.page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    watched.open(path)
    assert watched.press("j", "j", "n") == ["h0-1", "h0-2", "h1-1"]
    found = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    assert found["TaskDuration"] < 2, found
    assert found["JSHeapUsedSize"] < 60_000_000, found
    assert watched.page.inner_text(".state") == "0 of 10000 looked at"
    begun = time.monotonic()
    watched.page.fill("#search", "value_1990 ")
    expect(watched.page.locator("#shown")).to_have_text(", 100 shown", timeout=60_000)
    assert time.monotonic() - begun < 60
