"""Imports that a change brings or takes away, planned from verdicts alone, before anything is rewritten."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator

from msgspec import Struct

from codemods.model import GOES, Verdict
from codemods.naming import moving, plan_imports
from codemods.orders import Name, Order
from codemods.reading.scopes import Module
from codemods.tidying import tidied
from codemods.verdicts.cases import Court
from codemods.verdicts.engine import Unit

IMPORTING = ("import", "passed on")


class Planned(Struct, frozen=True, eq=False):
    """One file's orders, those for its imports and for what they leave empty included."""

    module: Module
    orders: list[Order]
    names: Callable[[Name], str]  # the local name of what new code needs

    @property
    def dropped(self) -> Iterator[Order]:
        """The orders that take imports away."""
        return (order for order in self.orders if order.codemod == "imports" and order.data.get("drop"))


def plan_files(court: Court, units: list[Unit], files: Collection[str]) -> Iterator[Planned]:
    """The plan of each file that the clients which move would change; `files` are those of the repository."""
    uses = [case.use for unit in units for case in unit.cases if case.moves and case.use.kind in IMPORTING]
    every = (order for unit in units for case in unit.cases for order in case.orders)
    going = moving(court.program, every, uses, files)
    for module, judged in orders_of(units).items():
        orders = [*judged, *tidied(module, judged)]
        plan = plan_imports(court.program, module, orders, going)
        if whole := [*orders, *plan.orders]:
            yield Planned(module, whole, plan.names.__getitem__)


def orders_of(units: list[Unit]) -> dict[Module, list[Order]]:
    """The orders of the verdicts for each file, and an empty list where an import alone moves."""
    by_module: dict[Module, list[Order]] = defaultdict(list)
    for unit in units:
        for case in unit.cases:
            for order in case.orders:
                if order not in by_module[order.module]:  # several cases may need one function to be async
                    by_module[order.module].append(order)
            if case.moves and case.use.kind in IMPORTING:
                by_module[case.use.module] += []
    return by_module


def note_dropped(units: list[Unit], dropped: Iterable[Order]) -> None:
    """An import of redis-py whose last use goes is a rewrite, too; another one is a line of the rewrite it goes with.

    Only the first is a legacy use, and so a site.
    """
    cases = {id(case.use.node): case for unit in units for case in unit.cases if case.use.kind in IMPORTING}
    for order in dropped:
        case = cases.get(id(order.node))
        if case is None:
            _give_to_its_use(units, order)
        elif case.use.wrapper is None:
            case.verdict, case.codemod, case.reason = Verdict.REWRITE, "imports", GOES


def _give_to_its_use(units: list[Unit], dropped: Order) -> None:
    """Add the order to the first rewrite of its file that takes a use of the import away."""
    names = set(dropped.data["drop"])
    for case in (case for unit in units for case in unit.cases if case.moves):
        gone = (node for order in case.orders if order.module is dropped.module for node in order.consumes)
        if any(isinstance(part, ast.Name) and part.id in names for node in gone for part in ast.walk(node)):
            case.orders += (dropped,)
            return
