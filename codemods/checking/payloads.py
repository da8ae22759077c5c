"""Payloads of the target: mappings of what JSON has a form for, not yet encoded."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.checking.places import Fault, argument, member, parameter, resolved, symbol
from codemods.reading import atoms
from codemods.reading.contract import ENUMS
from codemods.reading.scopes import Module
from codemods.reading.use import Use
from codemods.verdicts.cases import Court

ENCODERS = {"json.dumps", "orjson.dumps", "ujson.dumps", "simplejson.dumps"}
NOT_JSON = {
    "datetime.datetime": "a datetime", "datetime.datetime.now": "a datetime", "datetime.datetime.utcnow": "a datetime",
    "datetime.datetime.fromtimestamp": "a datetime", "datetime.date.today": "a date", "datetime.date": "a date",
    "datetime.timedelta": "a timedelta", "decimal.Decimal": "a Decimal", "uuid.uuid4": "a UUID", "uuid.uuid1": "a UUID",
    "pathlib.Path": "a Path", "numpy.array": "a numpy array", "numpy.float32": "a numpy number",
    "numpy.int64": "a numpy number", "numpy.int32": "a numpy number",
}  # fmt: skip
"""Calls whose result the standard encoder refuses. numpy.float64 is a float, and is taken."""
DISPLAYS = {ast.Set: "a set", ast.SetComp: "a set", ast.GeneratorExp: "a generator", ast.Lambda: "a function"}


def payload(court: Court, use: Use) -> Iterator[Fault]:
    """What is wrong with the payload of one publish."""
    if use.kind != "dual call" or use.name != "publish_message":
        return
    given = argument(use.call, 1, parameter(use.name, 1))
    value = resolved(use.module, given) if given is not None else None
    if given is None or value is None:
        return
    if isinstance(value, ast.Call) and symbol(court, use.module, value.func) in ENCODERS:
        yield Fault("payload-encoded-twice", given, f"the payload is encoded here by {ast.unparse(value.func)}()")
        return
    for node, what in not_json(court, use.module, value):
        yield Fault("payload-not-json", node, f"`{ast.unparse(node)}` is {what}, for which JSON has no form")


def not_json(court: Court, module: Module, node: ast.expr) -> Iterator[tuple[ast.expr, str]]:
    """The parts of a value that the standard encoder certainly refuses, each with what it is."""
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if key is not None:
                yield from not_json(court, module, value)
    elif isinstance(node, ast.List | ast.Tuple):
        for element in node.elts:
            yield from not_json(court, module, element)
    elif type(node) in DISPLAYS:
        yield node, DISPLAYS[type(node)]
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, bytes | complex):
            yield node, f"{type(node.value).__name__}"
    elif isinstance(node, ast.Call):
        what = NOT_JSON.get(symbol(court, module, node.func))
        made = atoms.only(court.program.value(module, node), atoms.INSTANCE)
        if what is not None:
            yield node, what
        elif made is not None:
            yield node, "an object of a class of its own"
    elif any(member(court, module, node, enum) for enum in ENUMS):
        yield node, "a member of an enum"
