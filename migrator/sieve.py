"""The values of engines.yaml against their types: keeps what is right, and says of the rest what it must be."""

from __future__ import annotations

import types
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from migrator.located import UNREAD, Keys, Located, did_you_mean, shown, spoken
from migrator.schema import Document, Section

UNIONS = (Union, types.UnionType)
WORDS_FOR = {
    bool: "true or false",
    tuple: "a list, one item or more",
    dict: "a mapping (key: value), one entry or more",
}
FLAWED = object()
"""What is left of a value that is wrong as a whole."""


def sift(located: Located) -> None:
    """Reduce the values to those that their types allow, and note of each other one what it must be."""
    taken = _Sieve(located).take(Document, located.data, ())
    located.data = {} if taken is FLAWED else taken


class _Sieve:
    def __init__(self, located: Located) -> None:
        self.located = located

    def take(self, kind: Any, value: Any, keys: Keys) -> Any:
        """The value without what is wrong in it, or FLAWED."""
        if value is UNREAD:
            return FLAWED
        inner = bare(kind)
        if isinstance(inner, type) and issubclass(inner, Section) and isinstance(value, dict):
            return self.section(inner, value, keys)
        if says(kind, "one") and isinstance(value, str):
            taken = self.take(get_args(inner)[0], value, keys)
            return FLAWED if taken is FLAWED else [taken]
        if get_origin(inner) is tuple and isinstance(value, list) and value:
            # A flawed item leaves a hole, so that the others keep their index.
            items = (self.take(get_args(inner)[0], item, (*keys, index)) for index, item in enumerate(value))
            return [None if each is FLAWED else each for each in items]
        if get_origin(inner) is dict and isinstance(value, dict) and value:
            return self.entries(get_args(inner), value, keys)
        return self.leaf(kind, value, keys)

    def section(self, kind: type[Section], value: dict[str, Any], keys: Keys) -> dict[str, Any]:
        fields = fields_of(kind)
        free = [name for name in fields if name not in value]
        missing = [name for name in free if fields[name].required]
        sound: dict[str, Any] = {}
        for name, item in value.items():
            if name not in fields:
                self.located.fault((*keys, name), f"{spoken(keys)} has no key {shown(name)}{offer(name, free)}")
            elif (taken := self.take(fields[name].type, item, (*keys, name))) is not FLAWED:
                sound[name] = taken
        for name in missing:
            self.located.fault(keys, f'{spoken(keys)} lacks "{name}"; add it: {wants(fields[name].type)}')
        if missing or len(sound) < len(value):
            self.located.flawed.add(keys)
        return sound

    def entries(self, kinds: tuple[Any, ...], value: dict[str, Any], keys: Keys) -> dict[str, Any]:
        key_kind, item_kind = kinds
        sound = {}
        for name, item in value.items():
            named = self.leaf(key_kind, name, (*keys, name), f"the name {shown(name)} in {spoken(keys)}")
            taken = self.take(item_kind, item, (*keys, name))
            if FLAWED in (named, taken):
                self.located.flawed.add((*keys, name))
            else:
                sound[name] = taken
        return sound

    def leaf(self, kind: Any, value: Any, keys: Keys, subject: str = "") -> Any:
        try:
            msgspec.convert(value, kind)
        except msgspec.ValidationError:
            is_what = f"{subject} must be" if subject else f"{spoken(keys)} is {shown(value)}, but must be"
            self.located.fault(keys, f"{is_what} {wants(kind)}{did_you_mean(value, choices(kind))}")
            return FLAWED
        return value


@cache  # msgspec evaluates the annotations anew on every call
def fields_of(kind: type[Section]) -> dict[str, msgspec.structs.FieldInfo]:
    """The fields of a section by their keys in the file."""
    return {each.encode_name: each for each in msgspec.structs.fields(kind)}


def offer(name: str, free: list[str]) -> str:
    """The nearest of the keys that are not used yet, or all of them."""
    return did_you_mean(name, free) or (f"; it may have: {', '.join(free)}" if free else "; take it out")


def wants(kind: Any) -> str:
    """What a value of this type must be, in words."""
    if said := says(kind, "wants"):
        return str(said)
    if get_origin(kind) is Annotated:
        return wants(get_args(kind)[0])
    if get_origin(kind) in UNIONS:
        return wants(without_none(kind))
    if get_origin(kind) is Literal:
        return " or ".join(f'"{each}"' for each in get_args(kind))
    return WORDS_FOR.get(get_origin(kind) or kind, WORDS_FOR[dict])


def says(kind: Any, name: str) -> Any:
    """What the annotations of a type say under this name, or None."""
    metas = kind.__metadata__ if get_origin(kind) is Annotated else ()
    return next((each.extra[name] for each in metas if each.extra and name in each.extra), None)


def choices(kind: Any) -> tuple[str, ...]:
    """The texts that a type allows, where it lists them."""
    inner = bare(kind)
    return tuple(map(str, get_args(inner))) if get_origin(inner) is Literal else ()


def bare(kind: Any) -> Any:
    """A type without its annotations and without `| None`."""
    if get_origin(kind) is Annotated:
        return bare(get_args(kind)[0])
    inner = without_none(kind)
    return kind if inner is kind else bare(inner)


def without_none(kind: Any) -> Any:
    """The other type of an optional one; every other type as it is."""
    others = [each for each in get_args(kind) if each is not type(None)]
    return others[0] if get_origin(kind) in UNIONS and len(others) == 1 else kind
