"""Hand-made changes for tests of what people and machines read about them."""

from __future__ import annotations

from codemods.model import Change, FileOutcome, Ledger, Place, Question, Site, StreamEnd, Verdict

SERVICE = "backend/engines/strategy/service.py"

SITES = (
    Site("strategy", SERVICE, 12, 8, "construct", "c1", Verdict.REWRITE, "a wrapper's client", codemod="connections"),
    Site("strategy", SERVICE, 20, 8, "publish", "c1", Verdict.REWRITE, "its topic has a route", codemod="publishing"),
    Site(
        "strategy",
        SERVICE,
        31,
        8,
        "publish",
        "c2",
        Verdict.ASK,
        "no route takes the topic risk.limit.*",
        question="route.risk.limit",
    ),
    Site("strategy", SERVICE, 40, 4, "cache", "c3", Verdict.KEEP, "a cache", warnings=("broken: redis has no getx",)),
    Site(
        "strategy",
        SERVICE,
        52,
        8,
        "pubsub",
        "c4",
        Verdict.REFUSE,
        "publish/subscribe reaches every listener, and the target delivers to one consumer of each engine type",
        evidence=(Place(SERVICE, 50, "client = redis.Redis()"),),
    ),
    Site("strategy", SERVICE, 50, 8, "construct", "c4", Verdict.REFUSE, "held back", held_by=f"{SERVICE}:52"),
    Site("strategy", SERVICE, 9, 0, "import", "c4", Verdict.REFUSE, "held back", held_by=f"{SERVICE}:52"),
)

QUESTION = Question(
    "route.risk.limit",
    "Which message type replaces the topic risk.limit.*?",
    'routes:\n  - {match: "risk.limit.*", message_type: RISK_METRIC}\n',
    (f"{SERVICE}:31",),
)

CHANGE = Change(
    "strategy",
    sites=SITES,
    questions=(QUESTION,),
    files=(
        FileOutcome(SERVICE, "changed"),
        FileOutcome("backend/engines/strategy/old.py", "failed", "backend/engines/strategy/old.py:3: invalid syntax"),
    ),
    ends=(StreamEnd("raw-ticks", "consume", "stream", "strategy", SERVICE, 12),),
    ledger=Ledger.of(SITES, len(SITES)),
    found={SERVICE: len(SITES)},
    texts={SERVICE: b"moved = True\n"},
    notes=("MessageBusConfig is no longer used: its host, port and stream went with it",),
)
