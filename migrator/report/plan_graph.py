"""A plan as a Mermaid graph: the phases as boxes, who tells whom as arrows, and dashed where a phase cuts it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from migrator.places import NOW
from migrator.planning.cuts import cuts_of
from migrator.planning.values import DEFERRED, Plan


def plan_graph(plan: Plan) -> str:
    """The graph as Mermaid reads it; code hosts show it in a block that is called `mermaid`."""
    boxes = dict(_boxes(plan))
    names = dict.fromkeys(name for engines in boxes.values() for name in engines)
    names |= dict.fromkeys(name for edge in plan.edges for name in (edge.publisher, edge.consumer))
    ids = {name: f"n{number}" for number, name in enumerate(names)}  # a name such as `end` is a word of Mermaid's
    lines = ["flowchart LR", *_subgraphs(boxes, ids), *_arrows(plan, ids)]
    return "\n".join(lines) + "\n"


def _boxes(plan: Plan) -> Iterator[tuple[str, Sequence[str]]]:
    if plan.migrated:
        yield "on the dual bus already", plan.migrated
    for phase in plan.phases:
        yield f"phase {phase.number}", [each.engine for each in phase.engines if each.state != DEFERRED]
    deferred = [each.engine for each in plan.engines if each.state == DEFERRED]
    if deferred:
        yield "deferred", deferred


def _subgraphs(boxes: Mapping[str, Sequence[str]], ids: dict[str, str]) -> Iterator[str]:
    boxed = {name for engines in boxes.values() for name in engines}
    for number, (title, engines) in enumerate(boxes.items()):
        yield f"  subgraph g{number} [{_text(title)}]"
        yield from (f"    {ids[name]}[{_text(name)}]" for name in engines)
        yield "  end"
    yield from (f"  {ids[name]}[{_text(name)}]" for name in ids if name not in boxed)


def _arrows(plan: Plan, ids: Mapping[str, str]) -> Iterator[str]:
    """One arrow for each two engines: their whole streams on one, those that a phase cuts on a dashed one each."""
    whole: dict[tuple[str, str], list[str]] = {}
    dashed: dict[str, None] = {}
    treatments = {cut.name: cut.treatment for cut in plan.cut_now}
    treatments |= {cut.name: cut.treatment for phase in plan.phases for cut in phase.cuts}
    for edge in plan.edges:
        cuts = cuts_of([edge], ())
        for cut in cuts:
            said = f"{edge.name}, {_when(cut.phase)}, {treatments[cut.name]}"
            dashed[f"  {ids[edge.publisher]} -. {_text(said)} .-> {ids[edge.consumer]}"] = None
        if not cuts and edge.kind == "consume":
            whole.setdefault((edge.publisher, edge.consumer), []).append(edge.name)
    for (publisher, consumer), names in whole.items():
        yield f"  {ids[publisher]} -- {_text(', '.join(dict.fromkeys(names)))} --> {ids[consumer]}"
    yield from dashed


def _when(phase: int) -> str:
    return "cut now" if phase == NOW else f"cut by phase {phase}"


def _text(text: str) -> str:
    """A text in quotes; Mermaid has entity codes for what would end it, or begin a tag."""
    return '"' + "".join(ENTITIES.get(each, each) for each in text) + '"'


ENTITIES = {'"': "#quot;", "#": "#35;", "<": "#lt;", ">": "#gt;", "\n": " "}
