"""Every check of the proof, by its name: what holds of a change that passes it."""

from __future__ import annotations

CHECKS = {
    "printed": "each statement that changes was parsed by LibCST and printed back byte for byte before it was changed",
    "orders": "each order found its node",
    "encoded": "the new text has a form in the file's encoding",
    "compiles": "the result compiles",
    "statements": "every statement that no order claims is the same tree, in the same number",
    "bound": "no name is used that nothing binds",
    "early": "no name is used above its import",
    "awaits": "every coroutine of the target, and every function that became async, is awaited wherever it is called",
    "target": "what is imported is of Python or of the target, which is a file of the repository",
    "untouched": "every line outside the statements that change is there, in its order",
    "names": "what was imported is used, and no name is taken from what had it",
    "exports": "what other files take from a changed one is still there",
    "promises": "nothing is said to the target that its own source does not take: the rules of `migrate check`",
    "again": "a second pass over the result finds nothing to do",
    "ends": "as many publishes, subscriptions, stream commands, clients and closes are there as were ordered",
    "claims": "what changed is what the orders say, tree for tree, and nothing beside it changed",
}
"""In the order in which they are made. `printed` refuses a client, for the statement's sake; all others are faults."""
