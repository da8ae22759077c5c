"""The message of a commit that takes an engine back."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from migrator import __version__
from migrator.history import FORCED_TRAILER, REVERT_TRAILER
from migrator.report.visible import one_line


class Origin(Struct, frozen=True):
    """What a commit was made from; it becomes the trailers."""

    config: str  # sha256 of engines.yaml
    base: str  # the full id of the base commit
    content: str  # `content_id` of the new texts
    cuts: tuple[str, ...] = ()  # the edges that `--force` cuts


def revert_message(engine: str, commits: Sequence[str], origin: Origin) -> str:
    """The whole message. It has no line that says it moved an engine, which would count it as a merge of one."""
    paragraphs = [
        f"Take {engine} back from the dual message bus",
        "\n".join(["This takes back what these commits did to it:", *(f"- {commit}" for commit in commits)]),
        "\n".join(
            [
                f"{REVERT_TRAILER}: {engine}",
                f"Migrate-Version: {__version__}",
                f"Migrate-Config: {origin.config}",
                f"Migrate-Base: {origin.base}",
                f"Migrate-Content: {origin.content}",
                *(f"{FORCED_TRAILER}: {one_line(cut)} is cut" for cut in origin.cuts),
            ]
        ),
    ]
    return "\n\n".join(paragraphs) + "\n"
