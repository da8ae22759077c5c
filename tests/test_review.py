"""`migrate review` without a browser: hunks, coloured lines, the numbers, what is left, in each form."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from gitrepo import commit_files, git
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from tinyplatform import ASKING, PUBLISHER, tiny_platform

from codemods.model import Site, Verdict
from migrator.cli import cli
from migrator.review.code import html_lines, plain_line, said
from migrator.review.hunks import hunks_of, split
from migrator.review.markdown import plain

PORTFOLIO = "backend/engines/portfolio/service.py"
STRATEGY = "backend/engines/strategy/service.py"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tiny platform; what is written goes into its folder's parent."""
    monkeypatch.chdir(tmp_path)
    return tiny_platform(tmp_path, portfolio=ASKING)


def review(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["review", "--repo", str(root), *arguments], prog_name="migrate")


def site(line: int, verdict: Verdict = Verdict.REWRITE, *lines: str) -> Site:
    return Site("e", "a.py", line, 0, "publish", "c", verdict, "why", lines=lines)


EVERY = range(1_000)

# hunks

LINES = [f"line {number}" for number in range(1, 41)]
TEXT = "\n".join(LINES) + "\n"


def shown(old: str, new: str, *sites: Site) -> list[list[tuple[bool, list[int], list[int]]]]:
    """Each hunk's blocks: whether they stay, and the numbers of their lines."""
    return [
        [(block.stays, [n for n, _ in block.old], [n for n, _ in block.new]) for block in hunk.blocks]
        for hunk in hunks_of("a.py", old, new, sites)
    ]


def test_a_change_stands_between_three_lines_of_what_stays() -> None:
    new = TEXT.replace("line 20\n", "other\nmore\n")
    assert shown(TEXT, new) == [
        [(True, [17, 18, 19], [17, 18, 19]), (False, [20], [20, 21]), (True, [21, 22, 23], [22, 23, 24])]
    ]


def test_changes_that_are_near_share_a_hunk_and_those_that_are_far_do_not() -> None:
    new = TEXT.replace("line 10\n", "a\n").replace("line 14\n", "b\n").replace("line 30\n", "c\n")
    numbers = [[(stays, old) for stays, old, _ in hunk] for hunk in shown(TEXT, new)]
    assert numbers == [
        [(True, [7, 8, 9]), (False, [10]), (True, [11, 12, 13]), (False, [14]), (True, [15, 16, 17])],
        [(True, [27, 28, 29]), (False, [30]), (True, [31, 32, 33])],
    ]


def test_a_site_where_nothing_changes_is_shown_in_place() -> None:
    assert shown(TEXT, TEXT, site(20, Verdict.ASK)) == [
        [(True, [17, 18, 19, 20, 21, 22, 23], [17, 18, 19, 20, 21, 22, 23])]
    ]
    assert shown(TEXT, TEXT) == []


def test_a_hunk_has_the_sites_whose_rewrite_it_shows() -> None:
    new = TEXT.replace("line 20\n", "other\n").replace("line 35\n", "")
    here, elsewhere = site(3, Verdict.REWRITE, "a.py:3-3", "a.py:20-20"), site(35, Verdict.REWRITE, "a.py:35-35")
    found = hunks_of("a.py", TEXT, new, [here, elsewhere])
    assert [(hunk.first, hunk.sites) for hunk in found] == [(1, (here,)), (17, (here,)), (32, (elsewhere,))]


def test_a_new_file_is_one_hunk() -> None:
    assert shown("", "a\nb\n") == [[(False, [], [1, 2])]]


def test_a_mark_outlives_a_change_elsewhere_and_not_one_of_its_own_lines() -> None:
    new = TEXT.replace("line 20\n", "other\n")
    (before,) = hunks_of("a.py", TEXT, new, ())
    (moved,) = hunks_of("a.py", "x\n" + TEXT, "x\n" + new, ())
    (changed,) = hunks_of("a.py", TEXT, new.replace("other", "another"), ())
    (elsewhere,) = hunks_of("b.py", TEXT, new, ())
    assert moved.id == before.id
    assert len({before.id, changed.id, elsewhere.id}) == 3


@given(st.lists(st.sampled_from("abc"), max_size=60), st.lists(st.sampled_from("abc"), max_size=60))
def test_every_line_that_goes_or_comes_is_shown_once_and_in_order(old: list[str], new: list[str]) -> None:
    hunks = hunks_of("a.py", "".join(f"{x}\n" for x in old), "".join(f"{x}\n" for x in new), ())
    blocks = [block for hunk in hunks for block in hunk.blocks]
    gone = {n for block in blocks if not block.stays for n, _ in block.old}
    come = {n for block in blocks if not block.stays for n, _ in block.new}
    assert [x for n, x in enumerate(old, 1) if n not in gone] == [x for n, x in enumerate(new, 1) if n not in come]
    for side in ("old", "new"):
        numbers = [n for block in blocks for n, _ in getattr(block, side)]
        assert numbers == sorted(set(numbers))
    assert all([t for _, t in block.old] == [t for _, t in block.new] for block in blocks if block.stays)


# code

ODD = {
    "a right-to-left override": ("a = 1  # \u202e x", "U+202E"),
    "a zero width space": ("a\u200b = 1", "U+200B"),
    "an escape": ("a = '\x1b[31m'", "U+001B"),
    "a null": ("a = '\0'", "U+0000"),
    "a lone surrogate": ("a = '\udcff'", "U+DCFF"),
}


@pytest.mark.parametrize("name", ODD)
def test_what_nobody_sees_is_made_visible(name: str) -> None:
    text, mark = ODD[name]
    for html in (html_lines(text, EVERY)[0], plain_line(text)):
        assert re.search(f'<span class="odd" title="[^"]+">{re.escape(mark)}</span>', html)
        html.encode()
    assert mark in said(text)


def test_a_long_line_is_cut_and_says_so() -> None:
    text = f"a = '{'x' * 200_000}'"
    for html in (html_lines(text, EVERY)[0], plain_line(text)):
        assert len(html) < 3_000
        assert html.endswith('<span class="more">198,006 more characters</span>')


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_a_coloured_text_has_the_lines_and_the_characters_of_the_plain_one(text: str) -> None:
    lines = html_lines(text, EVERY)
    assert len(lines) == len(split(text))
    for line, html in zip(split(text), lines, strict=True):
        assert "<script" not in html
        assert Markup(html).striptags().split() == Markup(plain_line(line)).striptags().split()


@given(st.text(max_size=80))
def test_markdown_shows_a_text_as_it_is(text: str) -> None:
    shown = plain(text)
    assert "\n" not in shown
    assert "<" not in shown.replace("\\<", "")


# the command


def test_the_numbers_are_those_of_the_run(root: Path) -> None:
    run = json.loads(CliRunner().invoke(cli, ["--all", "--dry-run", "--json", "--repo", str(root)]).stdout)
    assert review(root).exit_code == run["exit_code"] == 4
    page = Path("review.html").read_text()
    rows = re.search(r'<table id="engines">.*?<tbody>(.*?)</tbody>', page, re.S)
    assert rows
    verdicts = ("rewrite", "ask", "keep", "refuse", "suppressed")
    assert [re.findall(r'<td class="number">(\d+)</td>', row) for row in rows[1].split("</tr>")[:-1]] == [
        [*(str(each["ledger"][name]) for name in verdicts), str(len(each["questions"])), str(len(each["files"]))]
        for each in run["engines"]
    ]


def test_a_page_says_where_it_is_and_takes_the_place_of_an_older_one(root: Path) -> None:
    for _ in range(2):
        result = review(root, "--engine", "strategy")
        assert result.stdout == f"{Path('review.html').absolute()}: 2 hunks of 1 engine. Open it in a browser.\n"


def test_only_a_page_is_for_a_browser(root: Path) -> None:
    result = review(root, "--engine", "strategy", "--format", "markdown", "--output", "a.md")
    assert result.stdout == f"{Path('a.md').absolute()}: 2 hunks of 1 engine.\n"


def test_sites_of_one_kind_on_one_line_are_told_apart(root: Path) -> None:
    commit_files(root, {STRATEGY: f"{PUBLISHER}\n    def lend(self, a, b):\n        a(self.bus), b(self.bus)\n"})
    review(root, "--engine", "strategy")
    links = re.findall(r'<a href="#" data-at="[^"]*">(line 21[^<]*)</a>', Path("review.html").read_text())
    assert links == ["line 21, column 11, self.bus", "line 21, column 24, self.bus"]


def test_another_file_is_never_written_over(root: Path) -> None:
    Path("review.html").write_text("mine")
    result = review(root)
    assert (result.exit_code, Path("review.html").read_text()) == (2, "mine")
    assert (
        result.stderr
        == "migrate: review.html is there and is no page of a review; name another with --output, or --force\n"
    )
    assert review(root, "--force").exit_code == 4
    assert "Review of all engines" in Path("review.html").read_text()
    assert [path.name for path in Path().iterdir() if path.name.startswith(".review")] == []


def test_a_branch_is_shown_with_what_a_person_changed_on_it(root: Path) -> None:
    CliRunner().invoke(cli, ["--engine", "strategy", "--force", "--repo", str(root)])
    branch = "dual-bus/phase-2/strategy"
    assert review(root, branch).exit_code == 0
    own = Path("review.html").read_text()
    git(root, "checkout", "-q", branch)
    text = (root / STRATEGY).read_text()
    commit_files(root, {STRATEGY: text.replace('"""Publishes signals."""', '"""Publishes signals, by hand."""')})
    git(root, "checkout", "-q", "main")
    assert review(root, branch).exit_code == 0
    edited = Path("review.html").read_text()
    assert (own.count("not what a run would make"), edited.count("not what a run would make")) == (0, 1)
    assert "Publishes signals, by hand." in edited


def test_a_branch_that_moves_nothing_is_wrong_usage(root: Path) -> None:
    result = review(root, "main")
    assert (result.exit_code, result.stderr) == (
        2,
        "migrate: main changes no engine that is to be migrated; name a branch that migrate or a person made\n",
    )


def test_a_branch_that_is_merged_is_shown_against_what_was_there_before(root: Path) -> None:
    CliRunner().invoke(cli, ["--engine", "strategy", "--force", "--repo", str(root)])
    branch, before = "dual-bus/phase-2/strategy", git(root, "rev-parse", "main").strip()
    git(root, "merge", "-q", "--no-ff", "-m", "Merge", branch)
    result = review(root, branch)
    assert (result.exit_code, result.stderr) == (
        2,
        f"migrate: {branch} is merged, and main has all of it; name a commit from before with --base to see it\n",
    )
    assert review(root, branch, "--base", before).exit_code == 0


WRONG = {
    "a branch and an engine": (("main", "--engine", "strategy"), "a branch says which engines it is about"),
    "a page to show that is none": (("--format", "github", "--open"), "--open shows a page in a file"),
    "a branch that is none": (("nowhere",), '"nowhere" is no branch of '),
    "figures without a place": (("--format", "sarif", "--live", "x.json"), "sarif has no place for the figures"),
    "figures that are nowhere": (
        ("--live", "nowhere.json"),
        "nowhere.json cannot be read (No such file or directory);",
    ),
    "figures that are none": (("--live", __file__), f"{__file__} cannot be read (it is no JSON);"),
    "a folder that is nowhere": (
        ("--output", "nowhere/a.html"),
        "nowhere/a.html cannot be written (No such file or directory); name another with --output",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_usage(root: Path, name: str) -> None:
    arguments, sentence = WRONG[name]
    result = review(root, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"migrate: {sentence}")


def test_markdown_names_each_engine_and_each_question(root: Path) -> None:
    text = review(root, "--format", "markdown").stdout
    assert text.startswith("# Review of all engines\n")
    assert "| strategy | 2 | would-commit | 6 | 0 | 0 | 0 | 0 | 0 | 1 | read |" in text
    assert re.search(r"^\*\*Question\*\* `\S+`: .+\n\n```yaml\n", text, re.M)


def test_what_is_left_is_told_as_annotations_and_as_sarif(root: Path) -> None:
    lines = review(root, "--format", "github", "--engine", "portfolio").stdout.splitlines()
    assert [line.split("::")[1].split(",col=")[0] for line in lines] == [
        f"warning file={PORTFOLIO},line=18" if "waits for" in line else line for line in lines
    ]
    sarif = json.loads(review(root, "--format", "sarif", "--engine", "portfolio").stdout)
    (run,) = sarif["runs"]
    assert [each["id"] for each in run["tool"]["driver"]["rules"]] == ["asked", "refused", "broken", "activates"]
    assert {each["ruleId"] for each in run["results"]} == {"asked"}
    assert len(run["results"]) == len(lines)


def test_live_figures_stand_beside_the_change(root: Path) -> None:
    Path("before.json").write_text(json.dumps({"servers": {"main": {"cpu": 21.5}}, "failed": [3, 4]}))
    review(root, "--live", "before.json")
    page = Path("review.html").read_text()
    assert '<tr><th scope="row">servers.main.cpu</th><td>21.5</td></tr>' in page
    assert '<tr><th scope="row">failed[1]</th><td>4</td></tr>' in page


def test_a_branch_of_a_person_tells_what_of_a_run_it_lacks_and_what_is_not_shown(root: Path) -> None:
    git(root, "checkout", "-q", "-b", "person")
    text = (root / STRATEGY).read_text()
    commit_files(root, {STRATEGY: text.replace("signals.", "signals, by hand."), "notes.txt": "what else"})
    git(root, "checkout", "-q", "main")
    assert review(root, "person").exit_code == 0
    page = Path("review.html").read_text()
    assert "2 hunks that a run makes are not on this branch" in page
    assert "<code>notes.txt</code>" in page
    lines = review(root, "person", "--format", "markdown").stdout.splitlines()
    assert "- notes.txt" in lines
    assert f"- {STRATEGY}: hunks that a run would not make: 1; that only a run makes: 2" in lines


def test_figures_of_two_files_of_one_name_stay_apart(root: Path) -> None:
    for folder, value in (("before", True), ("after", None)):
        Path(folder).mkdir()
        Path(folder, "ml.json").write_text(json.dumps({"up": value}))
    live = ("--live", "before/ml.json", "--live", "after/ml.json")
    text = review(root, *live, "--format", "markdown").stdout
    assert text.split("## Live figures of ")[1:] == [
        f"{folder}/ml.json\n\n| figure | value |\n| --- | --- |\n| up | {value} |\n{end}"
        for folder, value, end in (("before", "true", "\n"), ("after", "null", ""))
    ]


def test_a_change_of_line_ends_is_told_though_no_line_differs(root: Path) -> None:
    git(root, "checkout", "-q", "-b", "ends")
    (root / STRATEGY).write_bytes((root / STRATEGY).read_bytes().replace(b"\n", b"\r\n"))
    git(root, "-c", "core.autocrlf=false", "commit", "-q", "-a", "-m", "Write line ends of another kind")
    git(root, "checkout", "-q", "main")
    review(root, "ends")
    assert "The line ends change: LF to CRLF." in Path("review.html").read_text()
