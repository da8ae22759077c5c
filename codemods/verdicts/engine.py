"""The verdicts of one engine: each use judged, then the rule over all rules: a client moves whole or not at all."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from msgspec import Struct, field

from codemods.model import STAYS, Verdict
from codemods.reading import atoms, legacy
from codemods.reading.atoms import Atom
from codemods.reading.use import Use
from codemods.verdicts import lifetime, loops, streams
from codemods.verdicts.annotating import judge_alias, names_given
from codemods.verdicts.cases import Case, Court, is_got, keep, refuse
from codemods.verdicts.lost import hold_escaped, is_taken_by_name, judge_lost, seen_lost
from codemods.verdicts.suppression import suppress
from codemods.verdicts.warnings import warn

WORST_FIRST = (
    (Verdict.REFUSE, Verdict.REFUSE),
    (Verdict.SUPPRESSED, Verdict.REFUSE),
    (Verdict.ASK, Verdict.ASK),
)
"""A verdict that holds its client back, and what it makes of the client's other sites; the gravest first."""
NOBODY: Mapping[Use, str] = MappingProxyType({})


class Unit(Struct, eq=False):
    """What moves together: one raw client object, or all clients of one wrapper in the engine."""

    id: str
    kind: str  # the wrapper's module, or the redis library
    cases: list[Case] = field(default_factory=list)

    @property
    def moves(self) -> bool:
        """Whether anything of it is rewritten."""
        return any(case.moves for case in self.cases)


def judge_engine(court: Court, modes: Mapping[str, str], back: Mapping[Use, str] = NOBODY) -> list[Unit]:
    """All units of the engine with their final verdicts. `modes` says which raw streams become messages.

    `back` are uses whose clients are refused whatever the judges say, each with the reason.
    """
    court.taken.clear()
    units = [*_wrapper_units(court), *_raw_units(court, modes)]
    units.append(_loose(court))
    court.said = suppress(court, [case for unit in units for case in unit.cases])
    _hold_unfit(units, modes)
    for unit in units:
        _hold_outside(court, unit)
        for case in unit.cases:
            if case.use in back and case.moves:
                case.hold(Verdict.REFUSE, back[case.use])
        hold_together(unit)
    lifetime.judge_together(court, [unit for unit in units if unit.moves])
    for unit in units:
        hold_together(unit)
    hold_reliant(court, units)
    for unit in units:
        warn(court, unit.cases)
    return [unit for unit in units if unit.cases]


def hold_reliant(court: Court, units: list[Unit]) -> None:
    """Hold what needs a handler to be async whose subscription stays: the wrapper may not await it."""
    while True:
        moving = {case.use for unit in units for case in unit.cases if case.moves}
        cases = [(unit, case) for unit in units for case in unit.cases if case.moves]
        reliant = [(u, case, each) for u, case in cases for each in _handled(court, case) if each not in moving]
        for unit, case, stays in reliant:
            reason = f"its function is the handler of a subscription that stays, at {stays.path}:{stays.line}"
            case.hold(Verdict.REFUSE, reason)
            hold_together(unit)
        if not reliant:
            return


def _handled(court: Court, case: Case) -> Iterator[Use]:
    """The subscriptions whose handlers a case needs to be async."""
    grown = court.closures.growth(case.use.module, case.use.node) if any("async" in o.data for o in case.orders) else ""
    yield from grown.handlers if not isinstance(grown, str) else ()


def hold_together(unit: Unit) -> None:
    """If one site of a client is asked or refused, none of its sites is changed, and each says which one it was."""
    for verdict, consequence in WORST_FIRST:
        worst = next((case for case in unit.cases if case.verdict is verdict and case.held_by is None), None)
        if worst is not None:
            for case in unit.cases:
                if case.moves or is_got(case):
                    case.hold(consequence, f"held back: {worst.reason}", worst)
            return


def _wrapper_units(court: Court) -> Iterator[Unit]:
    for module in court.wrappers:
        uses = [use for use in court.uses if use.wrapper is not None and use.wrapper.module == module]
        if uses:
            from codemods.verdicts import wrappers  # many engines have raw clients alone

            cases = [wrappers.judge(court, use) for use in uses]
            wrappers.settle(court, cases)
            cases = [_patched(court, case, cases) if _is_patch(case) else case for case in cases]
            made = next((use for use in uses if use.kind == "construct"), uses[0])
            yield Unit(f"{made.path}:{made.line} {made.name}", module, cases)


def _raw_units(court: Court, modes: Mapping[str, str]) -> Iterator[Unit]:
    judged: dict[int, Case] = {}
    lost = seen_lost(court)
    for group in _groups(court):
        uses = [use for use in court.uses_of(group) if _is_raw(use)]
        made = next((use for use in uses if use.kind == "construct"), uses[0])
        cases = loops.judge_client(court, uses, streams.judge_client(court, uses), modes)
        cases = [_patched(court, case, cases) if _is_patch(case) else case for case in cases]
        cases += _patches(court, made, cases, judged)
        cases += _aliases(court, cases)
        hold_escaped(lost, cases)
        yield Unit(f"{made.path}:{made.line} {made.name}", made.holders[0].name, cases)


def _aliases(court: Court, cases: list[Case]) -> list[Case]:
    """Other names for the class of a client that moves whole, and that is the only one of redis-py's in the engine."""
    made = [use for use in court.uses if use.kind == "construct" and use.wrapper is None]
    if len(made) != 1 or not any(case.use is made[0] and case.moves and "bus" not in case.facts for case in cases):
        return []
    named = [use for use in court.uses if use.kind == "alias" and use.wrapper is None]
    aliases = [use for use in named if court.engine.owns(use.path)]
    found = [case for use in aliases if (case := judge_alias(court, use)) is not None]
    court.taken |= {id(case.use) for case in found}
    names = {name for case in found for name in names_given(case.use)}
    for case in cases:
        node = case.use.node
        if case.use.kind == "annotation" and case.moves and isinstance(node, ast.Name) and node.id in names:
            case.orders = ()  # it says the name, which another file gives the class
    return found


def _is_patch(case: Case) -> bool:
    is_mock = case.use.kind in ("patched", "injected")
    return is_mock and case.held_by is None and case.verdict is not Verdict.KEEP


def _patched(court: Court, case: Case, cases: list[Case]) -> Case:
    from codemods.verdicts import patches  # few engines have tests that patch

    judge = patches.judge_injected if case.use.kind == "injected" else patches.judge
    return judge(court, case.use, cases)


def _patches(court: Court, made: Use, cases: list[Case], judged: dict[int, Case]) -> list[Case]:
    """Strings by which tests patch redis in the module of a client that would move; each is judged once."""
    if not any(case.moves for case in cases):
        return []
    found = [use for use in court.uses if use.kind == "patched" and use.wrapper is None and _names(use, made)]
    if not found:
        return []
    from codemods.verdicts import patches

    court.taken |= {id(use) for use in found}
    for held in (judged[id(use)] for use in found if id(use) in judged):
        if held.moves:
            held.hold(
                Verdict.REFUSE, f"`{held.use.name}` is patched here for two clients, at {made.path}:{made.line} too"
            )
        for case in cases:
            if case.moves:
                case.hold(Verdict.REFUSE, f"held back: {held.reason}", held)
    fresh = [patches.judge(court, use, cases) for use in found if id(use) not in judged]
    judged |= {id(case.use): case for case in fresh}
    return fresh


def _names(use: Use, made: Use) -> bool:
    """Whether what a test patches is what makes this client: in its own file, or in the library for all files."""
    library = made.holders[0].name if made.holders else ""
    return use.patches == made.path or (not use.patches and legacy.flavour(use.name) == library)


def _is_raw(use: Use) -> bool:
    return use.wrapper is None and not use.kind.startswith(("dual", "config"))


def _groups(court: Court) -> list[set[Atom]]:
    """Raw client objects that reach a common use are one; pipelines and listeners belong to their client."""
    group_of: dict[Atom, set[Atom]] = {}
    for use in court.uses:
        if use.holders and _is_raw(use):
            mine = {atom._replace(kind=atoms.CLIENT, given="") for atom in use.holders} | set(use.holders)
            touching = {id(group_of[atom]): group_of[atom] for atom in mine if atom in group_of}.values()
            if not any(mine <= group for group in touching):
                mine = mine.union(*touching)
                group_of.update(dict.fromkeys(mine, mine))
    groups = {id(group): group for group in group_of.values()}.values()
    return sorted(groups, key=lambda group: min((a.path, a.line, a.column) for a in group))


def _loose(court: Court) -> Unit:
    """Uses of redis that belong to no client: imports, exceptions, classes that are named."""
    reasons = {
        "import": STAYS,
        "exception": "an exception of redis-py is the same on both sides",
        "redis name": "a name of redis-py that makes no client",
        "annotation": "an annotation of a client that stays",
        "patched": "a name that stays is patched here",
        "alias": "another name for the class: what it makes is followed",
        "mock": "a mock that takes this class as its measure is no client",
        "class": "the class is named here, and makes no client that can be followed",
    }
    cases = judge_lost(seen_lost(court))
    for use in court.uses:
        if use.holders or use.wrapper is not None or use.kind not in reasons or id(use) in court.taken:
            continue
        other = legacy.NOT_FOLLOWED.get(use.name.rsplit(".", 1)[-1])
        if use.kind == "redis name" and other is not None:
            cases.append(refuse(use, f"{other} is not followed: what it reads and writes is not known"))
        elif use.kind == "redis name" and is_taken_by_name(use):
            cases.append(refuse(use, "what of redis-py is taken here is only known at run time"))
        elif use.kind == "class" and legacy.is_client_class(use.name):
            cases.append(refuse(use, reasons[use.kind]))
        else:
            cases.append(keep(use, reasons[use.kind]))
    return Unit("", "redis", cases)


def _hold_unfit(units: list[Unit], modes: Mapping[str, str]) -> None:
    """A stream that becomes messages elsewhere leaves a routed use behind: that client is held."""
    for unit in units:
        for case in unit.cases:
            if case.moves and any(modes.get(end.name) == "message" and not end.canonical for end in case.ends):
                case.hold(Verdict.REFUSE, f"the stream becomes messages, and this {case.use.name} cannot")


def _hold_outside(court: Court, unit: Unit) -> None:
    """A client that reaches a file of no engine, or of another one, cannot move with this one."""
    for case in unit.cases:
        if case.moves and not court.engine.owns(case.use.path):
            case.hold(Verdict.REFUSE, f"{case.use.path} belongs to no path of {court.engine.name}")
