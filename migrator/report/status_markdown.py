"""The states of a campaign as a Markdown table, for an issue that is kept up to date."""

from __future__ import annotations

from collections.abc import Sequence

from migrator.report.markdown import code, plain
from migrator.report.status_text import SHORT, detail, stray_detail
from migrator.status.run import CampaignStatus
from migrator.status.states import EngineState, State
from migrator.status.strays import Stray


def status_markdown(result: CampaignStatus) -> str:
    """A box for each engine, ticked where nothing is left to do, and what to type for the others."""
    done = sum(each.state is State.MERGED for each in result.engines)
    return "\n".join(
        [
            f"{done} of {len(result.engines)} engines are merged at {code(result.base_name)} ({result.base[:SHORT]}).",
            "",
            "| | engine | phase | state | what there is | next |",
            "|---|---|---|---|---|---|",
            *(f"| {' | '.join(_row(each, result.base_name))} |" for each in result.engines),
            *(f"| {' | '.join(_stray_row(each, result.base_name))} |" for each in result.strays),
            "",
        ]
    )


def _row(each: EngineState, base: str) -> Sequence[str]:
    tick = "&#9745;" if each.state is State.MERGED else "&#9744;"  # a table takes no `- [x]`
    phase = "" if each.phase is None else str(each.phase)
    return [tick, each.engine, phase, each.state.value, plain(detail(each, base)), _next(each.next)]


def _stray_row(stray: Stray, base: str) -> Sequence[str]:
    return ["", plain(stray.engine), "", "no engine's branch", plain(stray_detail(stray, base)), _next(stray.next)]


def _next(commands: Sequence[str]) -> str:
    return "<br>".join(map(code, commands))
