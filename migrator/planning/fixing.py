"""Writes how raw streams move into engines.yaml: lines are put in under `streams`, and every other byte stays."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.config import BOM, decode, read_bytes
from migrator.errors import FAILED, MigrateError
from migrator.located import read_yaml
from migrator.planning.values import PlannedStream
from migrator.planning.words import yaml_word

if TYPE_CHECKING:
    from yaml.nodes import MappingNode, Node

KEY = "streams"


def fix_streams(path: Path, digest: str, streams: Sequence[PlannedStream]) -> str:
    """Put the streams into the file, whole or not at all; gives the YAML of what was added.

    MigrateError where the file is not the one with this sha256 any more, or has a form that cannot be added to.
    """
    raw = read_bytes(path)
    if sha256(raw).hexdigest() != digest:
        raise _changed(path)
    added = streams_yaml(streams)
    text = with_streams(decode(path, raw), streams)
    if text is None:
        raise MigrateError(f"{path} has a form that cannot be added to in place; put these lines in yourself:\n{added}")
    fresh = (BOM if raw.startswith(BOM) else b"") + text.encode()
    _replace(path.resolve(), raw, fresh)
    return added


def streams_yaml(streams: Sequence[PlannedStream]) -> str:
    """The section as a person would write it."""
    return "".join(f"{line}\n" for line in (f"{KEY}:", *(f"  {_entry(stream)}" for stream in streams)))


def _entry(stream: PlannedStream) -> str:
    return f"{yaml_word(stream.name)}: {{mode: {stream.mode}, bus: {stream.bus}}}"


def with_streams(text: str, streams: Sequence[PlannedStream]) -> str | None:
    """The text of engines.yaml with these streams in it; None where that cannot be done and proved."""
    import yaml

    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        return None
    section = next((value for key, value in root.value if key.value == KEY), None)
    newline = "\r\n" if "\r\n" in text else "\n"
    if section is None:
        made = _with_section(text, root, streams, newline)
    elif isinstance(section, yaml.MappingNode):
        made = _with_entries(text, section, streams, newline)
    else:
        return None
    return made if _is_what_was_meant(text, made, streams) else None


def _with_section(text: str, root: MappingNode, streams: Sequence[PlannedStream], newline: str) -> str:
    """A new section at the end of the document."""
    indent = " " * root.start_mark.column
    lines = [f"{indent}{line}" for line in streams_yaml(streams).splitlines()]
    end = text.rfind(f"{newline}...") + len(newline)
    at = end if end >= len(newline) and text[end + 3 :].strip() == "" else len(text)
    before = text[:at] if text[:at].endswith(newline) else text[:at] + newline
    return f"{before}{newline}{newline.join(lines)}{newline}{text[at:]}"


def _with_entries(text: str, section: MappingNode, streams: Sequence[PlannedStream], newline: str) -> str:
    """New entries behind those that are there, in the form that they have."""
    entries = [_entry(stream) for stream in streams]
    if section.flow_style:
        if not section.value:
            at = section.start_mark.index + 1
            return text[:at] + ", ".join(entries) + text[at:]
        at = _end(section.value[-1][1])
        return text[:at] + "".join(f", {entry}" for entry in entries) + text[at:]
    indent = " " * section.value[0][0].start_mark.column
    at = text.find("\n", _end(section.value[-1][1]))
    lines = newline.join(f"{indent}{entry}" for entry in entries)
    if at < 0:
        return f"{text}{newline}{lines}{newline}"
    return f"{text[: at + 1]}{lines}{newline}{text[at + 1 :]}"


def _end(node: Node) -> int:
    """Where the last character of a value is; of a block, that of the last value in it."""
    from yaml.nodes import CollectionNode

    if isinstance(node, CollectionNode) and node.value and not node.flow_style:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)


def _is_what_was_meant(before: str, after: str, streams: Sequence[PlannedStream]) -> bool:
    """Whether the new text says what the old one does and these streams, and nothing else."""
    old, new = read_yaml(before), read_yaml(after)
    if old.faults or new.faults or not isinstance(old.data, Mapping):
        return False
    wanted = {stream.name: {"mode": stream.mode, "bus": stream.bus} for stream in streams}
    return bool(new.data == {**old.data, KEY: {**old.data.get(KEY, {}), **wanted}})


def _replace(path: Path, before: bytes, after: bytes) -> None:
    """Write the whole file or nothing, and nothing over what somebody else wrote meanwhile."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with fresh.open("xb") as file:
            file.write(after)
            file.flush()
            os.fsync(file.fileno())
        fresh.chmod(path.stat().st_mode & 0o7777)
        if path.read_bytes() != before:
            raise _changed(path)
        fresh.replace(path)
    except OSError as error:
        raise MigrateError(f"{path} cannot be written ({error.strerror}); nothing was changed", FAILED) from error
    finally:
        fresh.unlink(missing_ok=True)


def _changed(path: Path) -> MigrateError:
    return MigrateError(f"{path} changed while the plan was made; nothing was written. Type the same again.", FAILED)
