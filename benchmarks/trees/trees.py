"""Trees to measure on, as git repositories: made up from a seed, so that every run measures the same bytes."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Template

from benchmarks.trees import legacy
from benchmarks.trees.legacy import TO_MIGRATE, Shape
from benchmarks.trees.ordinary import NOUNS, module
from migrator.demo.git import git
from migrator.demo.write import read_platform

SEED = 3
CONFIG = "engines.yaml"
CLIENTS = ("backend/dual_messagebus_client.py", "backend/enhanced_messagebus_client.py")
ACCESSOR = "backend/engines/common/shared_store.py"
MOVING = ("portfolio", "collateral", "ml", "factor", "strategy", "websocket", "features")
MIGRATED = ("analytics", "risk", "marketdata", "backtesting", "vpin", "toraniko")
FOLDERS = (
    *(f"backend/engines/{name}" for name in (*MOVING, *MIGRATED)),
    "backend/engines/common",
    "backend/tools",  # of no engine
    "scripts",  # of no engine, and outside of the import root
)
PARTS = ("models", "api", "jobs", "rules", "reports")
SHARED = "\nshared: [engines/common]\n"
ONE_ENGINE = "\nengines:\n  portfolio: {phase: 1, port: 8900, paths: [engines/portfolio], engine_type: PORTFOLIO}\n"


@dataclass(frozen=True, slots=True)
class Plan:
    """A tree to be made. The target's and the wrapper's own files come on top of what is counted here."""

    files: int
    size: int  # characters of a file on average
    legacy: int = 0  # files that import redis or the wrapper
    borrowers: int = 0  # files without such a word that import a function which gives them a client
    moving: tuple[Shape, ...] = TO_MIGRATE  # what the legacy files of an engine that is to move use, in turn
    owner: Shape | None = None  # what the first of them uses, where it is another


PLANS = {
    "few": Plan(files=650, size=23_000, legacy=90, borrowers=12),
    "many": Plan(files=20_000, size=4_500, legacy=100, borrowers=12),
    "owned": Plan(files=650, size=23_000, legacy=90, borrowers=12, moving=legacy.ONE_OWNER, owner=legacy.PUBLISHER),
    "heavy": Plan(files=1_500, size=8_000, legacy=800, moving=legacy.ONE_OWNER, owner=legacy.PUBLISHER),
    "none": Plan(files=650, size=23_000),
    "tiny": Plan(files=40, size=6_000, legacy=14, borrowers=2),
    "start": Plan(files=1, size=3_000),
    "used": Plan(files=1, size=3_000, owner=legacy.SUBSCRIBER),
}
"""By name. In `few` most engines make several clients, which a person must decide about; in `owned` each makes one, and
all engines move, as in `heavy`, which is work for several processes. `tiny` shows that the benchmark works; `start`,
what a scan costs that has next to nothing to do, and `used` the same where one file uses the wrapper, so that the
modules which judge a use are imported.
"""


@dataclass(frozen=True, slots=True)
class File:
    """One Python file."""

    path: str
    text: str
    is_selected: bool  # it has a word that a scan looks for first, or imports a file that has one


@dataclass(frozen=True, slots=True)
class Tree:
    """A repository that was written, and beside it what those need who read from git."""

    root: Path
    files: int
    size: int  # bytes of all its Python files
    selected: Path  # the paths of the files that no scan can do without, a line each
    selected_size: int  # their bytes
    blobs: Path  # the ids of all its Python files, a line each

    def told(self, name: str) -> str:
        """`few: 652 files, 15.1 MB`."""
        size = f"{self.size / 1e6:.1f} MB" if self.size >= 1e6 else f"{self.size / 1e3:.0f} KB"
        return f"{name}: {self.files:,} files, {size}"


def checkout(tree: Tree, folder: Path) -> Path:
    """The files of a tree's commit, in a folder that is not there yet."""
    folder.mkdir(parents=True)
    with subprocess.Popen(["git", "-C", tree.root, "archive", "main"], stdout=subprocess.PIPE) as archive:
        subprocess.run(["tar", "-x", "-C", folder], stdin=archive.stdout, check=True)
    return folder


def write_tree(folder: Path, name: str, seed: int = SEED) -> Tree:
    """The tree of this name as a repository in `folder`."""
    return write_files(folder, name, config_of(PLANS[name]), files_of(PLANS[name], seed))


def write_files(folder: Path, name: str, config: str, made: Iterator[File]) -> Tree:
    """These files as a repository in `folder`: one commit on main as a pack, and engines.yaml beside it.

    Only one file is in memory at a time, because the peak of a child is at least that of its parent.
    """
    root, selected, blobs = folder / name, folder / f"{name}.selected", folder / f"{name}.blobs"
    root.mkdir(parents=True)
    git(root, "init", "--quiet", "--initial-branch=main", "--template=", "--object-format=sha1")
    (root / CONFIG).write_text(config)
    files, size, selected_size = _import(root, made, selected)
    listing = git(root, "ls-tree", "-r", "main").splitlines()
    blobs.write_text("".join(f"{line.split()[2]}\n" for line in listing))
    return Tree(root, files, size, selected, selected_size, blobs)


def _import(root: Path, files: Iterator[File], selected: Path) -> tuple[int, int, int]:
    """Write one commit, and the list of what is selected; how many files there are, their bytes, those of the list."""
    number, size, selected_size = 0, 0, 0
    command = ["git", "-C", str(root), "fast-import", "--quiet", "--done"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process, selected.open("w") as listed:
        assert process.stdin is not None
        process.stdin.write(
            b"commit refs/heads/main\ncommitter A. Bench <bench@example.org> 1700000000 +0000\ndata 0\n"
        )
        for file in files:
            data = file.text.encode()
            process.stdin.write(f"M 100644 inline {file.path}\ndata {len(data)}\n".encode() + data + b"\n")
            listed.write(f"{file.path}\n" if file.is_selected else "")
            number, size = number + 1, size + len(data)
            selected_size += len(data) * file.is_selected
        process.stdin.write(b"done\n")
    if process.returncode:
        raise RuntimeError(f"git fast-import ended with {process.returncode} in {root}")
    return number, size, selected_size


def config_of(plan: Plan) -> str:
    """The sample platform's engines.yaml, with shared code; a single file has a single engine."""
    text = read_platform()[CONFIG].decode()
    return text.partition("\nengines:")[0] + ONE_ENGINE if plan.files == 1 else text + SHARED


def files_of(plan: Plan, seed: int = SEED) -> Iterator[File]:
    """The Python files of a tree, one after the other."""
    yield from clients()
    roles = roles_of(plan, seed)
    for index in range(plan.files):
        text = text_of(index, plan, roles.get(index), random.Random(f"{seed}/{index}"))
        yield File(ACCESSOR if roles.get(index) is legacy.ACCESSOR else path_of(index), text, index in roles)


def clients() -> Iterator[File]:
    """The sample platform's two clients: the target, and the wrapper that engines leave."""
    platform = read_platform()
    yield from (File(path, platform[path].decode(), True) for path in CLIENTS)


def roles_of(plan: Plan, seed: int) -> dict[int, Shape]:
    """What a file uses, by its number; those that are not here are ordinary."""
    if not plan.legacy:
        return {0: plan.owner} if plan.owner else {}
    used = random.Random(seed).sample(range(len(FOLDERS), plan.files), plan.legacy + plan.borrowers)
    accessor, *others = used[plan.borrowers :]
    roles = dict.fromkeys(used[: plan.borrowers], legacy.BORROWER) | {accessor: legacy.ACCESSOR}
    moving = [index for index in others if index % len(FOLDERS) < len(MOVING)]
    staying = [index for index in others if index not in moving]
    for indexes, shapes in ((moving, plan.moving), (staying, legacy.ELSEWHERE)):
        roles |= {index: shapes[number % len(shapes)] for number, index in enumerate(indexes)}
    if plan.owner:
        firsts = {index % len(FOLDERS): index for index in reversed(moving)}
        roles |= dict.fromkeys(firsts.values(), plan.owner)
    return roles | dict.fromkeys(range(len(MOVING), len(MOVING) + len(MIGRATED)), legacy.MIGRATED)


def text_of(index: int, plan: Plan, role: Shape | None, dice: random.Random) -> str:
    """A file's text: half to one and a half times the average size; it imports two files of its own folder."""
    words = {"name": stem_of(index), "Name": stem_of(index).title().replace("_", "")}
    words |= {"engine": Path(FOLDERS[index % len(FOLDERS)]).name.upper(), "stem": Path(ACCESSOR).stem}
    imports, body = (Template(each).substitute(words) for each in (role.imports, role.body)) if role else ("", "")
    near = (index - distance * len(FOLDERS) for distance in (1, 2))
    imports += "".join(f"from {package_of(each)} import {stem_of(each)}\n" for each in near if each >= 0)
    return module(dice, round(plan.size * dice.uniform(0.5, 1.5)), imports, body)


def path_of(index: int) -> str:
    """Where a file is: they go round the folders, and then round the parts of each."""
    return f"{FOLDERS[index % len(FOLDERS)]}/{_part(index)}/{stem_of(index)}.py"


def package_of(index: int) -> str:
    """How the folder of a file is imported."""
    return f"{FOLDERS[index % len(FOLDERS)]}/{_part(index)}".removeprefix("backend/").replace("/", ".")


def stem_of(index: int) -> str:
    """A file's name, which no other file has."""
    return f"{NOUNS[index % len(NOUNS)]}_{index}"


def _part(index: int) -> str:
    return PARTS[index // len(FOLDERS) % len(PARTS)]
