"""Values as bytes, which show nothing of what is in them: whoever logs a task must not log code."""

from __future__ import annotations

import copyreg
import pickle
from io import BytesIO
from types import MappingProxyType
from typing import Any

from msgspec import Struct


class Packed(Struct, frozen=True):
    """A value on its way. An executor may print it, and prints how large it is."""

    data: bytes

    def __repr__(self) -> str:
        return f"<{len(self.data)} bytes>"


def view(values: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    """What settings hold: a view that nobody can write through. Pickle finds its type by no name."""
    return MappingProxyType(values)


class _Pickler(pickle.Pickler):
    """Takes such views too."""

    dispatch_table = copyreg.dispatch_table | {MappingProxyType: lambda each: (view, (dict(each),))}


def pack(value: Any) -> Packed:
    """The value as bytes. Pickle, because a path may hold what no other format takes."""
    written = BytesIO()
    _Pickler(written, pickle.HIGHEST_PROTOCOL).dump(value)
    return Packed(written.getvalue())


def unpack(packed: Packed) -> Any:
    """The value again. Whoever sends it can run code here, as everybody who gives work can, or takes it."""
    return pickle.loads(packed.data)
