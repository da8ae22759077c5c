"""An engine's scan, remembered: found again where the code and all that was asked of it are the same, to the byte."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import MsgspecError, msgpack

from migrator.looking import Look, again, scan_of
from migrator.remembered.folder import Folder, place
from migrator.remembered.maker import maker

if TYPE_CHECKING:
    from codemods.work import Scan

NOT_KEPT = (OSError, TypeError, ValueError, OverflowError, RecursionError)
"""What an encoder says of values that have no form: a path may be any bytes, and is no text then."""


def remembered_scan(look: Look, code: str) -> Scan:
    """The scan, as an earlier run kept it or made now. `code` is a digest of all files that the look can reach.

    A scan whose streams may become messages is made each time: its verdicts wait for the ends of other engines.
    """
    from codemods.work import Judged

    name = name_of(look, code)
    if not name:
        return scan_of(look, False)
    folder = Folder(place())
    data = folder.read(name)
    try:
        if data is not None:
            return again(look, msgpack.decode(data, type=Judged))
    except (MsgspecError, *NOT_KEPT):
        pass  # it is made again, and takes the place of this
    scan = scan_of(look, False)
    try:
        if scan.judged is not None:
            folder.write(name, msgpack.encode(scan.judged, order="deterministic"))
    except NOT_KEPT:
        pass
    return scan


def name_of(look: Look, code: str) -> str:
    """The name of its record: a digest of everything that decides what is found; "" where something has no form."""
    engine = (type(look.engine).__name__, look.engine.name, look.engine.engine_type, look.engine.paths)
    files = getattr(look.engine, "files", ())  # those of no engine are a list
    given = (maker(), code, engine, files, look.settings, look.contract)
    try:
        return sha256(msgpack.encode(given, order="deterministic", enc_hook=_form)).hexdigest()
    except NOT_KEPT:
        return ""


def _form(value: object) -> object:
    """What has no form of its own: parameters of functions, and mappings that cannot be written to."""
    if isinstance(value, ast.AST):
        return ast.dump(value, include_attributes=True)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(type(value))
