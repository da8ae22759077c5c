"""What `libcst.tool codemod` is given: a wrapper's publishers to the target, as far as names alone tell what they are.

It runs where LibCST alone is installed, and moves what `ast_grep_rules.py` moves: imports, annotations, construction,
start, stop, the check for a connection, and publishes. Files that subscribe are left alone, since a handler would have
to be found and changed as well. It does what it can to be quick: no metadata, and no visit of a file without the
wrapper's name.
"""

from __future__ import annotations

from pathlib import Path

import libcst as cst
from libcst import matchers as m
from libcst.codemod import VisitorBasedCodemodCommand
from libcst.codemod.visitors import RemoveImportsVisitor

from benchmarks.others.moves import CONNECTED, MOVING, TYPES, WRAPPER

CLIENT, CONFIG = "BufferedMessageBusClient", "MessageBusConfig"
BUS = m.Attribute(m.Name("self"), m.Name("bus"))
IMPORT = m.ImportFrom(module=m.Name(WRAPPER))


class MoveBus(VisitorBasedCodemodCommand):
    """Moves the publishers of one file."""

    DESCRIPTION = "Move the wrapper's publishers to the dual bus."

    def transform_module_impl(self, tree: cst.Module) -> cst.Module:
        parts = Path(self.context.filename or "").parts
        self.engine = next((part for part in parts if part in MOVING), "").upper()
        has_wrapper = any(m.matches(line, m.SimpleStatementLine([IMPORT])) for line in tree.body)
        if not self.engine or not has_wrapper or m.findall(tree, m.Attribute(attr=m.Name("subscribe"))):
            return tree
        self.names = {"DualMessageBusClient"}
        if m.findall(tree, m.Name("MessagePriority")):
            self.names.add("MessagePriority")
        RemoveImportsVisitor.remove_unused_import(self.context, "os")
        moved = super().transform_module_impl(tree)
        listed = [cst.ImportAlias(cst.Name(name)) for name in sorted(self.names)]
        new = cst.ImportFrom(cst.Name("dual_messagebus_client"), listed)
        return cst.ensure_type(m.replace(moved, IMPORT, new), cst.Module)

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
        return False

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:
        return updated_node.with_changes(value="DualMessageBusClient") if updated_node.value == CLIENT else updated_node

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine | cst.RemovalSentinel:
        start = m.Expr(m.Await(m.Call(m.Attribute(BUS, m.Name("start")))))
        config = m.Assign(value=m.Call(m.Name(CONFIG)))
        gone = m.matches(original_node, m.SimpleStatementLine([start | config]))
        return cst.RemoveFromParent() if gone else updated_node

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.BaseExpression:
        is_check = m.matches(original_node, m.Attribute(BUS, m.Name("is_connected")))
        return cst.parse_expression(CONNECTED) if is_check else updated_node

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        if m.matches(original_node.func, m.Name(CLIENT)):
            self.names |= {"EngineType", "get_dual_bus_client"}
            return cst.parse_expression(f"await get_dual_bus_client(EngineType.{self.engine})")
        if m.matches(original_node.func, m.Attribute(BUS, m.Name("stop"))):
            return updated_node.with_deep_changes(updated_node.func, attr=cst.Name("close"))
        is_publish = m.matches(original_node.func, m.Attribute(BUS, m.Name("publish")))
        return self._published(updated_node) if is_publish else updated_node

    def _published(self, call: cst.Call) -> cst.Call:
        topic, payload, *rest = call.args
        text = cst.Module([]).code_for_node(topic.value).lstrip("f").strip("\"'")
        message_type = next((value for prefix, value in TYPES.items() if text.startswith(prefix)), None)
        if message_type is None:
            return call
        self.names.add("MessageType")
        own = payload.value.elements if isinstance(payload.value, cst.Dict) else [cst.StarredDictElement(payload.value)]
        element = cst.DictElement(cst.SimpleString('"topic"'), topic.value)
        first = cst.Arg(cst.parse_expression(f"MessageType.{message_type}"), comma=topic.comma)
        return call.with_changes(
            func=cst.ensure_type(call.func, cst.Attribute).with_changes(attr=cst.Name("publish_message")),
            args=[first, payload.with_changes(value=cst.Dict([*own, element])), *rest],
        )
