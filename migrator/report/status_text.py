"""The states of a campaign for people: one table, how many are where, and what to type next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from codemods.model import Verdict
from migrator.report.plain import INDENT, Paint, columns, wrapped
from migrator.report.visible import one_line, visible
from migrator.status.facts import Branch
from migrator.status.run import CampaignStatus
from migrator.status.states import EngineState, State
from migrator.status.strays import Stray

STYLES = {
    State.READY: "green",
    State.MERGED: "green",
    State.QUESTIONS: "yellow",
    State.EDITED: "yellow",
    State.BEHIND: "yellow",
    State.PARTLY: "yellow",
    State.CONFLICTS: "red",
    State.CAME_BACK: "red",
    State.FAILED: "red",
}

SHORT = 12  # characters of a commit's id
SHOWN = 3  # paths, or places, that are named before the rest is counted


def status_text(result: CampaignStatus, paint: Paint) -> str:
    """The whole text. Engines of which there is nothing to say beyond their state are in the table alone."""
    parts = [_table(result, paint), wrapped(_summary(result), depth=0), list(_steps(result, paint))]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def detail(each: EngineState, base: str) -> str:
    """What stands behind the state: one sentence without the engine's name, and without a full stop."""
    waits = f"; {one_line(each.waits)}" if each.waits else ""
    is_news = each.failure and each.state is not State.FAILED  # else the state says why already
    failure = f"; its last run failed: {one_line(each.failure)}" if is_news else ""
    return visible(one_line(DETAILS[each.state](each, base)) + _taken_back(each) + waits + failure)


def stray_detail(stray: Stray, base: str) -> str:
    """What there is of a branch that no engine has any more, and why, in one sentence."""
    return visible(
        one_line(f"{stray.why}, and branch {', '.join([f'{stray.branch.name} is left', *_marks(stray.branch, base)])}")
    )


def _table(result: CampaignStatus, paint: Paint) -> list[str]:
    rows = ([each.engine, "-" if each.phase is None else str(each.phase), each.state.value] for each in result.engines)
    heading, *lines = columns(["engine", "phase", "state"], rows, {"phase"})
    start = heading.index("state")
    painted = (
        line[:start] + paint(line[start:], STYLES.get(each.state, ""))
        for line, each in zip(lines, result.engines, strict=True)
    )
    return [paint(heading, "bold"), *painted]


def _summary(result: CampaignStatus) -> str:
    count = Counter(each.state for each in result.engines)
    engines = "1 engine" if len(result.engines) == 1 else f"{len(result.engines)} engines"
    states = ", ".join(f"{count[state]} {state.value}" for state in State if count[state])
    return f"{engines} at {visible(result.base_name)} ({result.base[:SHORT]}): {states}."


def _steps(result: CampaignStatus, paint: Paint) -> Iterator[str]:
    told = [each for each in result.engines if each.next or each.state is not State.MERGED]
    if told or result.strays:
        yield paint("What to type next", "bold")
    for each in told:
        yield from wrapped(f"{each.engine}: {detail(each, result.base_name)}")
        yield from _commands(each.next)
    for stray in result.strays:
        yield from wrapped(f"{stray.engine}: {stray_detail(stray, result.base_name)}")
        yield from _commands(stray.next)


def _commands(commands: Sequence[str]) -> Iterator[str]:
    return (f"{INDENT * 2}{visible(command)}" for command in commands)  # whole: it is there to be copied


# what stands behind each state


def _branch(each: EngineState, base: str) -> str:
    branch = each.branch
    assert branch is not None
    where = f"{branch.remote}/{branch.name}" if branch.remote else branch.name
    parts = [f"branch {where}", *_marks(branch, base)]
    if each.scan.change.questions:
        parts.append(f"{_count(len(each.scan.change.questions), 'question')} open at {base}")
    return ", ".join(parts)


def _marks(branch: Branch, base: str) -> Iterator[str]:
    if branch.foreign:
        yield f"{_count(branch.foreign, 'commit')} of a person's"
    if branch.behind:
        yield f"{_count(branch.behind, 'commit')} behind {base}"
    if branch.conflicts is None:
        yield f"which git cannot try to merge into {base}"
    elif branch.conflicts:
        yield f"in conflict with {base} in {_some(branch.conflicts)}"
    if branch.pushed and not branch.remote:
        yield f"pushed to {' and '.join(branch.pushed)}"
    if branch.elsewhere:
        yield f"at another commit on {' and '.join(branch.elsewhere)}"
    if branch.checked_out:
        yield f"checked out in {branch.checked_out}"


def _left(each: EngineState, base: str) -> str:
    """Where it is, and why it stays, if it does; where all of it may stay, what is still missing."""
    if not each.merged.open:
        return each.merged.reason
    said = (
        left.where if left.verdict is Verdict.REWRITE else f"{left.where} ({left.reason})" for left in each.merged.open
    )
    return f"legacy use at {_some([*said])}"


def _taken_back(each: EngineState) -> str:
    is_left = each.state not in (State.MERGED, State.FAILED)
    return f"; commit {each.moved.commit[:SHORT]} took it back" if is_left and each.moved and each.moved.is_back else ""


def _came_back(each: EngineState, base: str) -> str:
    said = f"commit {each.moved.commit[:SHORT]} had moved it" if each.moved else "engines.yaml calls it migrated"
    return f"{said}, and {base} has {_left(each, base)}"


def _questions(each: EngineState, base: str) -> str:
    ledger = each.scan.change.ledger
    asked = _count(len(each.scan.change.questions), "question")
    refused = f"; {_count(ledger.refuse, 'site')} refused" if ledger.refuse else ""
    return f"{asked}, for which {_count(ledger.ask, 'site')} wait{refused}; {_can(each)}"


def _can(each: EngineState) -> str:
    return f"{_count(each.scan.change.ledger.rewrite, 'site')} can be rewritten"


def _deferred(each: EngineState, base: str) -> str:
    return f"{_can(each)}; engines.yaml defers it"


def _failed(each: EngineState, base: str) -> str:
    return "; ".join([*each.scan.problems, *(file.reason for file in each.scan.failed_files)])


def _merged(each: EngineState, base: str) -> str:
    rest = f", and branch {each.branch.name} is still there" if each.branch else ""
    return f"{each.merged.reason}{rest}"


DETAILS: Mapping[State, Callable[[EngineState, str], str]] = {
    State.NOT_STARTED: lambda each, base: _can(each),
    State.QUESTIONS: _questions,
    State.HELD: _left,
    State.READY: _branch,
    State.EDITED: _branch,
    State.BEHIND: _branch,
    State.CONFLICTS: _branch,
    State.PARTLY: _left,
    State.MERGED: _merged,
    State.CAME_BACK: _came_back,
    State.NOTHING: lambda each, base: each.merged.reason,
    State.DEFERRED: _deferred,
    State.FAILED: _failed,
}


def _count(number: int, thing: str) -> str:
    return f"1 {thing}" if number == 1 else f"{number} {thing}s"


def _some(items: list[str] | tuple[str, ...], between: str = ", ") -> str:
    more = len(items) - SHOWN
    return between.join(items[:SHOWN]) + (f"{between}and {more} more" if more > 0 else "")
