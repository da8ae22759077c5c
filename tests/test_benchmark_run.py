"""`python -m benchmarks`: each part is measured, outputs are compared, a table is printed, and RESULTS.md written."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import PARTS, RESULTS
from benchmarks.measuring.figures import Figure, Part, markdown, ratio, text
from benchmarks.measuring.results import END, MARKER, written
from benchmarks.others.ast_grep_rules import rules
from benchmarks.others.installed import there
from benchmarks.others.outputs import compare, outcome
from benchmarks.parts import growth

ROOT = Path(__file__).parent.parent
DOCUMENT = f"before\n{MARKER.format('scan')}\nold\n{END}\nbetween\n{MARKER.format('proof')}\n{END}\nafter\n"


@pytest.mark.parametrize(
    ("value", "target", "is_floor", "shown"),
    [
        (3.0, 3.0, False, "3           <= 3    met"),
        (3.01, 3.0, False, "3.01           <= 3    missed"),
        (0.4, 0.5, True, "0.40           >= 0.5  missed"),
        (0.5, 0.5, True, "0.50           >= 0.5  met"),
        (7.126, None, False, "7.13"),
        (0.0213, None, False, "0.021"),
    ],
)
def test_a_figure_says_whether_it_is_missed(value: float, target: float | None, is_floor: bool, shown: str) -> None:
    figure = Figure("few", "CPU / rest", value, target, is_floor=is_floor)
    assert re.sub(r"  {11,}", " " * 11, str(figure)).strip() == f"CPU / rest           {shown}".strip()
    assert figure.is_missed == shown.endswith("missed")


def test_a_ratio_and_its_noise_are_those_of_the_rounds() -> None:
    found = ratio("few", "CPU / floor", [1.0, 0.5, 3.0], [0.5, 0.5, 1.0], 2.0)
    assert found == Figure("few", "CPU / floor", 2.0, 2.0, (1.0, 3.0), "1000 ms / 500 ms")


def test_what_was_measured_once_is_compared_with_each_round() -> None:
    assert ratio("few", "CPU / codemod", [2.0, 4.0, 3.0], [40.0]).noise == (0.05, 0.1)


def test_figures_stand_below_what_they_are_about() -> None:
    figures = [Figure("few", "one", 1.5), Figure("few", "two", 2.5), Figure("many", "one", 3.5)]
    assert [line.split() for line in text(figures)] == [
        ["few"],
        ["one", "1.50"],
        ["two", "2.50"],
        ["many"],
        ["one", "3.50"],
    ]


def test_a_table_in_markdown_has_what_a_figure_was_worked_out_from() -> None:
    figure = Figure("few", "CPU / floor", 1.5, 2.0, (1.0, 3.0), "300 ms / 200 ms")
    assert list(markdown([figure]))[2:] == ["| few | CPU / floor | 300 ms / 200 ms | 1.50 | 1 to 3 | <= 2 | met |"]


def test_only_what_stands_between_the_markers_is_written_anew() -> None:
    part = Part([Figure("few", "CPU / floor", 1.5)], ["few: alike"])
    table = "\n".join(markdown(part.figures))
    assert written(DOCUMENT, {"scan": part}, "2 cores") == DOCUMENT.replace(
        "old\n", f"\n{table}\n\n- few: alike\n\nMeasured on 2 cores.\n\n"
    )


def test_a_document_without_a_place_for_a_part_is_an_error_that_names_it() -> None:
    with pytest.raises(ValueError, match=r"^no place for bridge: there is no <!-- measured: bridge --> with <!-- end"):
        written(DOCUMENT, {"bridge": Part()}, "2 cores")


def test_what_grows_fourfold_with_twice_the_bytes_has_the_exponent_two() -> None:
    sizes = [1e6, 2e6, 4e6]
    square, line, level = ([figure.value for figure in growth.fitted("scan", sizes, [each])] for each in (
        [0.1, 0.4, 1.6], [0.1, 0.2, 0.4], [0.1, 0.1, 0.1]
    ))  # fmt: skip
    assert square[:2] == pytest.approx([2, 2])
    assert line == pytest.approx([1, 1, 1, 0.1])
    assert level == pytest.approx([0, 0, 1, 0])


def test_the_results_have_a_place_for_each_part() -> None:
    for name in PARTS:
        assert (ROOT / "benchmarks" / "parts" / f"{name}.py").exists()
    assert re.findall(r"<!-- measured: (\w+) -->", RESULTS.read_text()) == list(PARTS)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (["a = 1", "b = 2", "c = 3"], {}),
        (["a = 1", "b = 4", "c = 3"], {1: "b = 4"}),
        (["a = 1", "c = 3"], {1: ""}),
        (["a = 1", "d = 5"], {1: "", 2: "d = 5"}),
        (["a = 1", "d = 4", "e = 5", "c = 3"], {1: "d = 4; e = 5"}),
        (["a = 1", "b = 2", "d = 5", "c = 3"], {1: "... d = 5"}),
    ],
    ids=["the_same", "another", "gone", "two_to_one", "one_to_two", "one_more"],
)
def test_what_became_of_each_statement(after: list[str], expected: dict[int, str]) -> None:
    assert outcome(["a = 1", "b = 2", "c = 3"], after) == expected


def test_outputs_are_compared_statement_by_statement(tmp_path: Path) -> None:
    texts = {
        "base": "# a comment\nimport os\n\na = 1\nb = 2\nc = 3\n",
        "own": "a = 1\nb = 4\nc = call(\n    3,\n)\n",
        "other": "# a comment\nimport os\n\na = 7\nb = 5\nc = call(3)\n",
    }
    for name, each in texts.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "lots.py").write_text(each)
        (tmp_path / name / "same.py").write_text("a = 1\n")
    found = compare(tmp_path / "base", tmp_path / "own", tmp_path / "other", {("lots.py", 4): "a person must say"})
    assert found.told("sed") == (
        "sed changes 3 statements in 1 file, migrate 3 in 1: 1 alike; "
        "1 otherwise, as lots.py:5 `b = 2`: `b = 5`, where migrate has `b = 4`; "
        "1 that migrate leaves, as lots.py:4 `a = 1`, where migrate says: a person must say; "
        "1 by migrate alone, as lots.py:2 `import os`"
    )


def test_each_rule_of_ast_grep_has_a_name_of_its_own_and_says_what_comes_instead() -> None:
    made = [json.loads(rule) for rule in rules().split("\n---\n")]
    assert len({rule["id"] for rule in made}) == len(made) == 17
    assert {rule["language"] for rule in made} == {"python"}
    assert [rule["id"] for rule in made if "fix" not in rule] == []


def test_without_a_folder_of_its_own_the_libcst_beside_this_python_is_taken(tmp_path: Path) -> None:
    found = there(tmp_path / "none")
    assert (found.python, found.packages) == (Path(sys.executable), None)
    assert found.codemod("engines")[:3] == [Path(sys.executable), "-m", "libcst.tool"]
    assert re.match(r"libcst \d+\.\d+\.\d+, (no ast-grep|ast-grep \S+), (no ripgrep|ripgrep \S+)$", found.versions())


QUICK = ("startup", "scan", "all_engines", "branch")


@pytest.mark.parametrize("parts", [QUICK, pytest.param(PARTS, marks=pytest.mark.soak)], ids=["some", "all"])
def test_parts_are_measured_on_tiny_trees_in_one_run(tmp_path: Path, parts: tuple[str, ...]) -> None:
    results = tmp_path / "RESULTS.md"
    results.write_text(written(RESULTS.read_text(), dict.fromkeys(PARTS, Part()), "nothing"))
    command = [sys.executable, "-m", "benchmarks", "--small", "--rounds", "1", *(f"--only={part}" for part in parts)]
    told = ["--others", tmp_path / "others", "--write", results]
    done = subprocess.run([*command, *told], cwd=ROOT, capture_output=True, text=True, check=False)
    assert re.findall(r"^(\w+): \d+ s$", done.stderr, re.MULTILINE) == list(parts), done.stderr
    assert re.findall(r"^([A-Z_]+)$", done.stdout, re.MULTILINE) == [name.upper() for name in parts]
    for figure in (
        r"  CPU / python -c pass +[\d.]+ +<= 5 +(met|missed)",
        r"  CPU / ast\.parse of the selected +[\d.]+ +<= 3 +(met|missed)",
        r"  CPU / libcst\.tool codemod +[\d.]+ +<= 0\.05 +(met|missed)",
        r"  CPU / bare git fast-import +[\d.]+ +<= 1\.5 +(met|missed)",
    ):
        assert re.search(f"^{figure}$", done.stdout, re.MULTILINE), done.stdout
    assert "- tiny: libcst.tool codemod changes 11 statements in 1 file, migrate 11 in 1: 11 alike; " in done.stdout
    missed = done.stdout.count("missed: ")
    assert done.stdout.splitlines()[-1] == (f"{missed} targets missed" if missed else "every target is met")
    assert done.returncode == int(missed > 0)
    as_before = re.findall(r"<!-- measured: (\w+) -->\n\nMeasured on nothing", results.read_text())
    assert as_before == [part for part in PARTS if part not in parts]


def test_the_prose_around_the_tables_stays() -> None:
    text = written(RESULTS.read_text(), {name: Part(notes=["measured"]) for name in PARTS}, "2 cores")
    prose, tables = (re.split(r"<!-- .* -->\n", each) for each in (RESULTS.read_text(), text))
    assert tables[::2] == prose[::2]
    assert tables[1::2] == ["\n- measured\n\nMeasured on 2 cores.\n\n"] * len(PARTS)
