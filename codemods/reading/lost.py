"""Stream commands on objects that cannot be followed, for where a client was lost: they may be that client's."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods.reading import atoms, legacy
from codemods.reading.atoms import ANYTHING, NOTHING
from codemods.reading.flow import Program
from codemods.reading.scopes import Module

WORDS = "|".join(sorted(legacy.STREAM_COMMANDS, key=len, reverse=True))
COMMAND = re.compile(rf"\.\s*({WORDS})\b")
COMMAND_IN_BYTES = re.compile(rf"\.(?:{WORDS})\(".encode())
COMMAND_START = b".x"  # all of them begin so
PASSES_ON = "__getattr__"


def has_command(data: bytes) -> bool:
    """Whether a command of streams may be called in a text. A plain search says most often that none is."""
    return COMMAND_START in data and COMMAND_IN_BYTES.search(data) is not None


def lost_commands(program: Program) -> Iterator[tuple[Module, ast.Call, ast.Attribute]]:
    """Every call of a stream's command on something of which nothing is known."""
    for module in program.modules.values():
        for name in sorted(set(COMMAND.findall(module.source.text))):
            module.read_member(name)
            program.demand.refresh()
            for node in list(module.attributes.get(name, ())):
                call = module.parent[node]
                if isinstance(call, ast.Call) and call.func is node and _is_unknown(program, module, node.value):
                    yield module, call, node


def _is_unknown(program: Program, module: Module, receiver: ast.expr) -> bool:
    """Whether nobody can tell what this is; an object that passes everything on may be anything, too."""
    value = program.value(module, receiver) - ANYTHING - {NOTHING}
    return all(
        atom.kind == atoms.INSTANCE and program.method((atom.path, atom.name), PASSES_ON) is not None for atom in value
    )
