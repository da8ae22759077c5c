"""Functions that a file of a package starts by their names: its scripts, factories of a server."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from codemods.settings import Started
from migrator.repo import Entry, Repository

FILES = re.compile(
    r"(^|/)(pyproject\.toml|setup\.(cfg|py)|Procfile[^/]*|Dockerfile[^/]*|[^/]+\.Dockerfile|[^/]*compose[^/]*\.ya?ml"
    r"|[^/]+\.(sh|service))$"
)
NAMED = re.compile(r"(?<![\w.:/-])([A-Za-z_][\w.]*):([A-Za-z_][\w.]*)(?![\w.:/-])")
"""`engines.portfolio.service:main`, as setuptools, poetry, uvicorn and gunicorn have it; a host has a port there."""
OF_PYTHON = ("setup.py", "Procfile", "Dockerfile")
"""How the names of those begin that may end in `.py`."""
LARGEST = 200_000  # bytes; what is larger is data


def read_started(repository: Repository, entries: Iterable[Entry]) -> tuple[Started, ...]:
    """Every function that such a file may name, with its place. What only looks like one names none of the code."""
    files = [entry for entry in entries if may_start(entry.path) and entry.is_file]
    texts = repository.read(entry.blob for entry in files) if files else {}
    return tuple(each for entry in files for each in _named_in(entry.path, texts[entry.blob]))


def may_start(path: str) -> bool:
    """Whether a file may start a function by its name; most files are Python, and a search takes a microsecond."""
    is_plain = path.endswith(".py") and not path.rpartition("/")[2].startswith(OF_PYTHON)
    return not is_plain and FILES.search(path) is not None


def _named_in(path: str, data: bytes) -> Iterator[Started]:
    """The functions that one file names. A script is called without arguments; how else one is, nobody can tell."""
    if len(data) > LARGEST:
        return
    text = data.decode(errors="replace")
    scripts = {script.replace(" ", "") for script in scripts_in(path, text)}
    for number, line in enumerate(text.splitlines(), 1):
        for module, name in NAMED.findall(line):
            is_script = f"{module}:{name}" in scripts and "." not in name
            yield Started(module, name.rpartition(".")[2], path, number, is_script)


def scripts_in(path: str, text: str) -> set[str]:
    """The scripts that a file declares, as `module:function`; none where it cannot be read."""
    read = READERS.get(path.rpartition("/")[2])
    try:
        return {script for script in read(text) if isinstance(script, str)} if read is not None else set()
    except (SyntaxError, ValueError, RecursionError):
        return set()


def _of_project(text: str) -> Iterator[Any]:
    """`[project.scripts]` and `[tool.poetry.scripts]` of a pyproject.toml."""
    import tomllib  # only few repositories have such a file for an engine

    told = tomllib.loads(text)
    for keys in (("project", "scripts"), ("project", "gui-scripts"), ("tool", "poetry", "scripts")):
        table: Any = told
        for key in keys:
            table = table.get(key, {}) if isinstance(table, Mapping) else {}
        yield from table.values() if isinstance(table, Mapping) else ()


def _of_config(text: str) -> Iterator[str]:
    """`console_scripts` of the entry points of a setup.cfg."""
    import configparser

    told = configparser.ConfigParser(interpolation=None)
    try:
        told.read_string(text)
    except configparser.Error as error:
        raise ValueError(str(error)) from None
    points = told["options.entry_points"] if told.has_section("options.entry_points") else {}
    for group in SCRIPTS:
        yield from (line.partition("=")[2] for line in points.get(group, "").splitlines())


def _of_setup(text: str) -> Iterator[str]:
    """`console_scripts` of a setup.py, as far as they are written out."""
    for node in ast.walk(ast.parse(text)):
        for key, value in zip(node.keys, node.values, strict=True) if isinstance(node, ast.Dict) else ():
            is_group = isinstance(key, ast.Constant) and key.value in SCRIPTS
            listed = value.elts if is_group and isinstance(value, ast.List | ast.Tuple) else []
            texts = (each.value for each in listed if isinstance(each, ast.Constant))
            yield from (text.partition("=")[2] for text in texts if isinstance(text, str))


SCRIPTS = ("console_scripts", "gui_scripts")
READERS: Mapping[str, Callable[[str], Iterator[Any]]] = {
    "pyproject.toml": _of_project,
    "setup.cfg": _of_config,
    "setup.py": _of_setup,
}
"""How the files that declare scripts are read, by their names."""
