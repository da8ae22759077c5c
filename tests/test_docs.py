"""The documents are true: what they name is there, what is there they name, and what they show the tool prints."""

from __future__ import annotations

import ast
import importlib
import json
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import click
import pytest
import yaml
from click.testing import CliRunner, Result
from gitrepo import commit_files, git

import codemods
from codemods.codemod import NAMES, find
from codemods.orders import Order
from codemods.proof.table import CHECKS
from codemods.reading.outline import read_module
from codemods.reading.source import read_source
from codemods.rewriting import rewrite
from migrator import errors
from migrator.cli import cli
from migrator.commands import SENTENCES
from migrator.config import load

ROOT = Path(__file__).parent.parent
PAGES = ["README.md", *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md"))]
MANUAL = "\n".join((ROOT / page).read_text() for page in PAGES)
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text()
CHANGELOG = (ROOT / "CHANGELOG.md").read_text()

COMMANDS: dict[str, click.Command] = {"migrate": cli} | {
    f"migrate {name}": importlib.import_module(f"migrator.commands.{name}").command for name in SENTENCES
}
HELP = ("-h", "--help")
EXIT_CODES = {value for name, value in vars(errors).items() if name.isupper()}
MODULES = sorted(
    path.relative_to(ROOT).as_posix()
    for house in ("codemods", "migrator")
    for path in (ROOT / house).rglob("*.py")
    if not path.is_relative_to(ROOT / "migrator/demo/platform")
)


def blocks(language: str) -> list[str]:
    """The manual's fenced blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)\n```$", MANUAL, re.DOTALL | re.MULTILINE)


def sessions() -> list[tuple[str, str]]:
    """Each command that the manual shows after a `$`, with what it shows below it."""
    parts = [part for block in blocks("console") for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [(command, output) for command, _, output in (part.partition("\n") for part in parts)]


def options() -> list[tuple[str, str]]:
    """Each command with each of its options, written with the name of its value."""
    return [
        (name, f"{word} {parameter.metavar}" if parameter.metavar else word)
        for name, command in COMMANDS.items()
        for parameter in command.params
        for word in parameter.opts
        if isinstance(parameter, click.Option)
    ] + [(name, word) for name in COMMANDS for word in HELP]


def table_of(command: str) -> str:
    """The manual's table of a command's options."""
    return MANUAL.partition(f"| option of `{command}` |")[2].partition("\n\n")[0]


def rows(text: str) -> list[list[str]]:
    """The cells of each row of the tables in a text."""
    return [[cell.strip() for cell in line[1:-1].split(" | ")] for line in text.splitlines() if line.startswith("| ")]


@pytest.fixture
def platform(platform: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sample platform, as the manual has its reader write it and change to it."""
    monkeypatch.chdir(platform)
    return platform


def run(command: str) -> Result:
    """What a command line of the manual does; where it writes to a file, that is left out."""
    words = shlex.split(command.partition(" > ")[0])
    return CliRunner().invoke(cli, words[1:], prog_name="migrate")


def without_a_route(platform: Path) -> None:
    lines = (platform / "engines.yaml").read_text().splitlines(keepends=True)
    (platform / "engines.yaml").write_text("".join(line for line in lines if "ml.prediction" not in line))


def with_a_restart(platform: Path) -> None:
    service = "backend/engines/strategy/service.py"
    restart = "    async def restart(self) -> None:\n        await self.stop()\n        await self.start()\n\n"
    before, decide, after = (platform / service).read_text().partition("    def decide(")
    commit_files(platform, {service: before + restart + decide + after})


def with_a_text_for_a_type(platform: Path) -> None:
    service = "backend/engines/risk/service.py"
    text = (platform / service).read_text().replace("MessageType.VPIN_CALCULATION]", '"vpin_calculation"]')
    commit_files(platform, {service: text})


def with_a_merge_and_an_edit(platform: Path) -> None:
    run("migrate --phase 1")
    git(platform, "switch", "--quiet", "dual-bus/phase-1/portfolio")
    commit_files(platform, {"backend/engines/portfolio/README.md": "Portfolio\n"}, "Describe it")
    git(platform, "switch", "--quiet", "main")
    git(platform, "merge", "--quiet", "--no-edit", "dual-bus/phase-1/ml")
    git(platform, "branch", "--quiet", "--delete", "dual-bus/phase-1/ml")


PREPARED: dict[str, Callable[[Path], None]] = {
    "migrate --engine ml --dry-run": without_a_route,
    "migrate --engine strategy --dry-run": with_a_restart,
    "migrate check": with_a_text_for_a_type,
    "migrate status --phase 1": with_a_merge_and_an_edit,
}
"""What the manual says of the platform before it shows the command."""


@pytest.mark.parametrize("name", NAMES)
def test_the_manual_has_a_row_for_each_codemod(name: str) -> None:
    codemod = find(name)
    assert [f"`{name}`", codemod.summary, codemod.review] in rows(MANUAL)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_manual_has_a_row_for_each_command(name: str) -> None:
    assert [row[0] for row in rows(MANUAL)].count(f"`{name}`") == 1


@pytest.mark.parametrize(("command", "option"), options())
def test_the_manual_has_each_option_in_the_table_of_its_command(command: str, option: str) -> None:
    assert f"`{option}`" in table_of(command)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_manual_has_no_option_that_is_not_there(command: str) -> None:
    shown = re.findall(r"^\| (.+?) \|", table_of(command), re.MULTILINE)
    named = {word for cell in shown for word in re.findall(r"`(-[^`]*)`", cell)}
    assert named == {option for name, option in options() if name == command}


def test_the_manual_names_each_check_of_the_proof_and_no_other() -> None:
    paragraph = MANUAL.partition("**A change is checked**")[2].partition("\n\n")[0]
    checks = paragraph.partition("A client whose change")[0]
    assert sorted(re.findall(r"`(\w+)`", checks)) == sorted(CHECKS)


@pytest.mark.parametrize("document", [MANUAL, ARCHITECTURE, CHANGELOG], ids=["manual", "architecture", "changelog"])
def test_no_document_names_a_command_that_is_not_there(document: str) -> None:
    named = set(re.findall(r"(?:`|\$ |^)(migrate [a-z]+)", document, re.MULTILINE))
    assert named <= COMMANDS.keys()


@pytest.mark.parametrize("text", [MANUAL, cli.epilog], ids=["manual", "help"])
def test_the_exit_codes_are_those_that_there_are(text: str) -> None:
    after = re.split(r"Exit codes", text)[1].split("\n## ")[0]
    assert {int(code) for code in re.findall(r"^\|? *(\d+) ", after, re.MULTILINE)} == EXIT_CODES


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_each_command_has_an_example(name: str) -> None:
    command = COMMANDS[name]
    with click.Context(command, info_name=name) as context:
        assert re.search(rf"Examples:\n +{name} ", command.get_help(context))


def test_the_manual_has_each_target_of_make() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {f"`make {target}`" for target in targets} <= {row[0] for row in rows(MANUAL)}


def test_the_manual_names_each_key_of_engines_yaml() -> None:
    schema = json.loads((ROOT / "migrator" / "engines.schema.json").read_text())
    keys = {key for part in schema["$defs"].values() for key in part["properties"]}
    quoted = {word for text in re.findall(r"`([^`\n]+)`", MANUAL) for word in re.findall(r"\w+", text)}
    assert keys <= quoted


def test_the_engines_yaml_of_the_manual_loads(tmp_path: Path) -> None:
    (text,) = blocks("yaml")
    path = tmp_path / "engines.yaml"
    path.write_text(text)
    campaign = load(path)
    assert [engine.name for engine in campaign.engines] == list(yaml.safe_load(text)["engines"])
    assert [(engine.name, campaign.branch_of(engine)) for engine in campaign.to_migrate()] == [
        ("portfolio", "dual-bus/phase-1/portfolio"),
        ("strategy", "dual-bus/phase-2/strategy"),
    ]


def test_the_diff_of_the_manual_is_what_the_tool_makes(platform: Path) -> None:
    (shown,) = blocks("diff")
    made = run("migrate --engine portfolio --dry-run").stdout
    head, *hunks = re.split(r"^(?=@@ )", shown + "\n", flags=re.MULTILINE)
    made_head, *made_hunks = re.split(r"^(?=@@ )", made, flags=re.MULTILINE)
    assert head == made_head
    assert [hunk for hunk in hunks if hunk not in made_hunks] == []


@pytest.mark.parametrize(
    ("command", "shown"), [pytest.param(*each, id=each[0]) for each in sessions() if each[0].startswith("migrate --")]
)
def test_what_the_manual_shows_below_a_command_is_what_it_prints(command: str, shown: str, platform: Path) -> None:
    PREPARED.get(command, lambda _: None)(platform)
    printed = run(command)
    assert printed.stderr.strip() == shown.strip()
    assert printed.stdout == "" or " > " in command


def test_the_manual_shows_what_a_check_of_the_platform_prints(platform: Path) -> None:
    (shown,) = (shown for command, shown in sessions() if command == "migrate check")
    PREPARED["migrate check"](platform)
    assert run("migrate check").stdout.strip() == shown.strip()


def test_the_manual_shows_what_the_status_of_the_platform_is(platform: Path) -> None:
    """The commit that it names depends on all that the tool writes."""
    (shown,) = (shown for command, shown in sessions() if command == "migrate status --phase 1")
    PREPARED["migrate status --phase 1"](platform)
    printed = run("migrate status --phase 1").stdout
    assert re.sub(r"[0-9a-f]{12}", "", printed).strip() == re.sub(r"[0-9a-f]{12}", "", shown).strip()


def test_the_demo_writes_the_platform_as_the_manual_shows(tmp_path: Path) -> None:
    (command, shown), *_ = (each for each in sessions() if "--write" in each[0])
    folder = str(tmp_path / "platform")
    printed = run(command.replace("/tmp/platform", folder))
    assert printed.stdout.replace(folder, "/tmp/platform").strip() == shown.strip()


def test_the_codemod_of_the_manual_rewrites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, verdict = blocks("python")
    (tmp_path / "flushing.py").write_text(f"{code}\n")
    monkeypatch.setattr(codemods, "__path__", [*codemods.__path__, str(tmp_path)])
    module = read_module(read_source("a.py", b"async def stop(bus):\n    await bus.flush()  # last\n"), "a")
    call = next(node for node in ast.walk(module.source.tree) if isinstance(node, ast.Call))
    order = Order("flushing", module, call, needs=(("asyncio", ""),))
    try:
        new = rewrite(module, [order], {("asyncio", ""): "asyncio"}.__getitem__)
    finally:
        sys.modules.pop("codemods.flushing", None)
    assert new == "async def stop(bus):\n    await asyncio.sleep(0)  # last\n"
    assert ast.unparse(ast.parse(dedent(verdict))).count("flushing") == 2


@pytest.mark.parametrize("path", [path for path in MODULES if not path.endswith("__init__.py")])
def test_the_architecture_names_each_module(path: str) -> None:
    assert ARCHITECTURE.count(f"| `{path}` | ") == 1


@pytest.mark.parametrize("path", [path for path in MODULES if path.endswith("__init__.py")])
def test_the_architecture_names_each_package(path: str) -> None:
    assert f"`{path.removesuffix('__init__.py')}`" in ARCHITECTURE


def paths_in(document: str) -> Iterator[str]:
    """What a document quotes or links that looks like a path of the project."""
    yield from re.findall(r"`((?:codemods|migrator|tests|benchmarks|\.ci)/[\w./-]*)`", document)
    yield from re.findall(r"`([\w-]+\.(?:md|toml|json)|Makefile)`", document)


def links_in(document: str) -> list[str]:
    """What a document links to, relative to its own folder."""
    return re.findall(r"\]\(([^):#]+)\)", document)


@pytest.mark.parametrize("document", [*PAGES, "ARCHITECTURE.md", "CHANGELOG.md"])
def test_each_path_that_a_document_names_is_there(document: str) -> None:
    named = set(paths_in((ROOT / document).read_text())) - {"codemods/flushing.py"}  # the reader's own
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("document", [*PAGES, "ARCHITECTURE.md", "CHANGELOG.md"])
def test_each_link_of_a_document_leads_somewhere(document: str) -> None:
    place = ROOT / document
    assert [link for link in links_in(place.read_text()) if not (place.parent / link).exists()] == []


def test_the_readme_leads_to_each_page() -> None:
    assert sorted({"README.md", *links_in((ROOT / "README.md").read_text())} & set(PAGES)) == sorted(PAGES)


@pytest.mark.parametrize("path", MODULES)
def test_each_module_opens_with_a_line_that_says_what_it_is(path: str) -> None:
    tree = ast.parse((ROOT / path).read_text())
    opening = (ast.get_docstring(tree) or "").split("\n")[0]
    assert tree.body[0].lineno == 1
    assert re.fullmatch(r".{10,116}[.:\"`]", opening)


def public(tree: ast.Module) -> Iterator[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """What others may call, without what LibCST calls by its own names."""
    for owner in [tree, *(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name[0] != "_")]:
        for node in owner.body:
            is_named = isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            if is_named and not re.match("_|leave_|visit_|statement$", node.name):
                yield node


@pytest.mark.parametrize("path", MODULES)
def test_whatever_others_may_call_says_what_they_get(path: str) -> None:
    tree = ast.parse((ROOT / path).read_text())
    assert [node.name for node in public(tree) if not ast.get_docstring(node)] == []


@pytest.mark.parametrize("path", [path for path in MODULES if path.startswith("codemods/")])
def test_codemods_import_nothing_of_the_migrator(path: str) -> None:
    tree = ast.parse((ROOT / path).read_text())
    imported = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    imported += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert [name for name in imported if name.split(".")[0] == "migrator"] == []


def test_the_changelog_has_what_is_unreleased_on_top_and_names_each_codemod() -> None:
    first, *_ = re.findall(r"^## (.+)$", CHANGELOG, re.MULTILINE)
    assert first == "[Unreleased]"
    assert [name for name in NAMES if f"`{name}`" not in CHANGELOG] == []
