"""What `migrate revert` did, for people and for machines."""

from __future__ import annotations

import json

from migrator.planning.cuts import treatment_yaml
from migrator.report.diff import changed_lines
from migrator.report.plain import Paint, wrapped
from migrator.reverting.revert import COMMITTED, WOULD_COMMIT, Reverting

ENDINGS = {
    COMMITTED: "branch {branch} at {commit}; review and merge it as any other",
    WOULD_COMMIT: "would make branch {branch}",
    "unchanged": "nothing to do: branch {branch} at {commit} holds exactly this",
}


def revert_text(result: Reverting, paint: Paint) -> str:
    """The branch, what is taken back, and what that does to the streams."""
    added, removed = changed_lines(result.originals, result.texts)
    ending = ENDINGS[result.status].format(branch=result.branch, commit=(result.commit or "")[:12])
    files = "1 file" if len(result.texts) == 1 else f"{len(result.texts)} files"
    lines = [
        *wrapped(f"{result.engine}: {ending}", depth=0),
        *wrapped(f"takes back {', '.join(each[:12] for each in result.commits)}: {files}, +{added} -{removed}"),
    ]
    if result.unsigned:
        lines += wrapped(f"it is not signed: {result.unsigned}")
    lines += _cuts(result, paint)
    if result.effect.joins:
        names = dict.fromkeys(f"{each.publisher} -> {each.consumer} {each.name}" for each in result.effect.joins)
        lines += ["", paint("Carries messages again", "bold"), *(f"  {name}" for name in names)]
    return "\n".join(lines) + "\n"


def _cuts(result: Reverting, paint: Paint) -> list[str]:
    if not result.effect.cuts:
        return []
    lines = ["", paint("Cuts, so that these lose their messages", "bold")]
    for cut in result.effect.cuts:
        lines += wrapped(f"{cut.name}: {cut.treatment}{f', {cut.accepted}' if cut.accepted else ''}")
    if result.refused:
        mend = (
            "A run would be refused. Take those engines back first, or add --force; or put this into engines.yaml, "
            "with `accept: reason` for `bridge: true` where a cut does no harm:"
        )
        lines += ["", *wrapped(mend, depth=0)]
        lines += [f"    {line}" for line in treatment_yaml(result.effect.open_cuts).splitlines()]
    return lines


def revert_json(result: Reverting) -> str:
    """The same facts as one JSON object."""
    added, removed = changed_lines(result.originals, result.texts)
    whole = {
        "engine": result.engine,
        "status": result.status,
        "branch": result.branch,
        "commit": result.commit,
        "base": result.base,
        "takes_back": list(result.commits),
        "files": sorted(result.texts),
        "lines_added": added,
        "lines_removed": removed,
        "cuts": [
            {
                "publisher": cut.edge.publisher,
                "consumer": cut.edge.consumer,
                "name": cut.edge.name,
                "treatment": cut.treatment,
            }
            for cut in result.effect.cuts
        ],
        "joins": [
            {"publisher": each.publisher, "consumer": each.consumer, "name": each.name} for each in result.effect.joins
        ],
        "refused": result.refused,
        "forced": result.forced,
        "unsigned": result.unsigned,
    }
    return json.dumps(whole, indent=2) + "\n"
