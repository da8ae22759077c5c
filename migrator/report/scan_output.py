"""Which form of a scan is printed: a table, every site, the graph of streams, or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from migrator.report.plain import coloured, uncoloured

if TYPE_CHECKING:
    from migrator.scanned import Scanned

TABLE, SITES, STREAMS, JSON = "table", "sites", "streams", "json"


def form_of(as_json: bool, streams: bool, chosen: bool) -> str:
    """The form that was asked for; `chosen` says that engines or files were named."""
    return JSON if as_json else STREAMS if streams else SITES if chosen else TABLE


def text(result: Scanned, form: str, stream: TextIO) -> str:
    """The scan in that form, with colours where the stream shows them."""
    from migrator.report.terminal import wants_colour

    paint = coloured if wants_colour(stream) else uncoloured
    if form == JSON:
        from migrator.report.scan_json import scan_json

        return scan_json(result) + "\n"
    if form == STREAMS:
        from migrator.report.streams_text import streams_text

        return streams_text(result.graph, result.phases, result.chosen, paint)
    from migrator.report.scan_text import scan_text

    return scan_text(result, form == SITES, paint)
