"""The subcommands: each is the module of its name here, and is imported when it is typed.

`migrate --help` needs the sentences alone, so they stand here; a test holds them to those of the modules.
"""

from __future__ import annotations

SENTENCES = {
    "bridge": "Carry messages between the servers while a phase cuts them.",
    "check": "Find what cannot work in code that uses the dual message bus.",
    "completion": "Print what a shell needs to complete what you type.",
    "demo": "Walk the migration of a sample platform.",
    "explain": "Say what a pattern becomes, with its example.",
    "init": "Write a first engines.yaml from what the code says.",
    "probe": "Show what the target client does.",
    "observe": "Show what live servers do, and what is wrong.",
    "plan": "Show what each phase changes and cuts.",
    "questions": "Print what is asked, as YAML to edit.",
    "revert": "Make a branch that takes an engine back.",
    "review": "Write everything that is known of a change, as one page.",
    "scan": "Show what is legacy and what becomes of it.",
    "status": "Show how far each engine is, and what to type next.",
    "verify": "Judge an engine that has moved, by what live servers say.",
}
