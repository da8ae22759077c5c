"""The message of a commit: what a reviewer needs, within 72 columns, and trailers that git reads."""

from __future__ import annotations

import subprocess

from changes import CHANGE
from gitrepo import clean_environment

from codemods.model import Change, Ledger
from migrator import __version__
from migrator.report.commit import Origin, commit_message

ORIGIN = Origin(config="c" * 64, base="b" * 40, content="d" * 64)
TRAILERS = f"""\
Migrate-Engine: strategy
Migrate-Left: 4
Migrate-Version: {__version__}
Migrate-Config: {ORIGIN.config}
Migrate-Base: {ORIGIN.base}
Migrate-Content: {ORIGIN.content}
"""
OF_ML = TRAILERS.replace("strategy", "ml").replace("Left: 4", "Left: 0")

WHOLE = (
    """\
Move strategy to the dual message bus

Phase 2. Sites found: 7. Rewritten: 2, asked: 1, kept: 1, refused: 3,
suppressed: 0.

What goes where:
- publish strategy.signal.*: STRATEGY_SIGNAL on engine_logic

Left to a person:
- backend/engines/strategy/service.py:31 Which message type replaces the
  topic risk.limit.*?
- backend/engines/strategy/service.py:52 publish/subscribe reaches every
  listener, and the target delivers to one consumer of each engine type
  (2 more sites wait for it)

Look closely at:
- backend/engines/strategy/service.py:40 broken: redis has no getx

Not read:
- backend/engines/strategy/old.py:3: invalid syntax

Notes:
- MessageBusConfig is no longer used: its host, port and stream went
  with it

"""
    + TRAILERS
)


def test_the_message_says_what_moved_what_is_left_and_what_it_was_made_from() -> None:
    message = commit_message(CHANGE, 2, ["publish strategy.signal.*: STRATEGY_SIGNAL on engine_logic"], ORIGIN)
    assert message == WHOLE


def test_parts_without_a_line_are_left_out() -> None:
    change = Change("ml", ledger=Ledger(found=1, rewrite=1))
    assert commit_message(change, 1, [], ORIGIN) == (
        "Move ml to the dual message bus\n\n"
        "Phase 1. Sites found: 1. Rewritten: 1, asked: 0, kept: 0, refused: 0,\nsuppressed: 0.\n\n" + OF_ML
    )


def test_git_reads_the_trailers() -> None:
    command = ["git", "interpret-trailers", "--parse"]
    done = subprocess.run(command, env=clean_environment(), input=WHOLE.encode(), capture_output=True, check=True)
    assert done.stdout.decode() == TRAILERS


def test_lines_stay_within_72_columns_unless_a_path_alone_is_longer() -> None:
    path = "backend/" + "deep/" * 20 + "service.py"
    change = Change("ml", ledger=Ledger(), notes=(f"{path} is gone; " + "and so on " * 20,))
    body = commit_message(change, 1, [], ORIGIN).removesuffix(OF_ML)
    assert [line for line in body.splitlines() if len(line) > 72] == [f"- {path}"]
