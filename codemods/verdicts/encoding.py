"""JSON texts that an engine makes of its payloads itself, and takes apart in its handlers: the target does both."""

from __future__ import annotations

import ast

from codemods.checking.payloads import ENCODERS
from codemods.checking.places import resolved, symbol
from codemods.reading.scopes import Module, last_name
from codemods.verdicts.cases import Court

LOOKS = {"indent", "separators", "sort_keys", "ensure_ascii"}
"""Arguments of json.dumps that change how the text looks, and nothing of what it says."""
DECODERS = {name.replace("dumps", "loads") for name in ENCODERS}
TAKES_TEXT = {"loads", "decode", "model_validate_json", "parse_raw"}
OF_TEXTS = {"encode", "strip", "split", "splitlines", "startswith", "endswith", "replace", "lower", "upper"}
ENCODED = "the payload is JSON text already: its handlers read text, the target's read a mapping"


def encoded(court: Court, module: Module, payload: ast.expr) -> ast.expr | None:
    """What a payload is the JSON text of: `x` of `json.dumps(x)`, if the standard encoder does nothing of its own."""
    if not isinstance(payload, ast.Call) or symbol(court, module, payload.func) != "json.dumps":
        return None
    is_plain = all(keyword.arg in LOOKS for keyword in payload.keywords)
    only = payload.args[0] if len(payload.args) == 1 and is_plain else None
    return None if isinstance(only, ast.Starred) else only


def is_text(court: Court, module: Module, payload: ast.expr) -> bool:
    """Whether a payload is what an encoder of JSON gives, here or where its name is bound."""
    made = resolved(module, payload)
    if isinstance(made, ast.Call) and isinstance(made.func, ast.Attribute) and made.func.attr == "decode":
        made = made.func.value
    return isinstance(made, ast.Call) and symbol(court, module, made.func) in ENCODERS


def decoded(court: Court, module: Module, read: ast.expr) -> ast.Call | None:
    """The call that takes a handler's payload for JSON text: `json.loads(message.payload)`."""
    call = module.parent[read]
    if not isinstance(call, ast.Call) or call.args != [read] or call.keywords:
        return None
    return call if symbol(court, module, call.func) in DECODERS else None


def taken_for_text(court: Court, module: Module, read: ast.expr) -> bool:
    """Whether a handler's payload is taken for a text in a way that is not known to decode JSON and nothing else."""
    above = module.parent[read]
    if isinstance(above, ast.Attribute):
        return above.attr in OF_TEXTS
    is_given = isinstance(above, ast.Call) and read in above.args and last_name(above.func) in TAKES_TEXT
    return is_given and decoded(court, module, read) is None
