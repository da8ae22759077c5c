"""Answers of engines.yaml against what is asked: a slip of the pen is an error, what nobody asks any more is told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches

from codemods.model import Question
from migrator.config import Campaign, error_of
from migrator.located import Fault, line_of

NEAR = 0.75  # of the letters in the same order; ids share kind and path, and differ in their last part


def check_answers(campaign: Campaign, asked: Collection[str] | None) -> tuple[str, ...]:
    """A sentence for each answer that no question asks for any more. `asked` are the ids that any engine asks, or
    None where that is not known: then nothing is said.

    Raises MigrateError where an answer is near to a question without one: that is what it was meant for.
    """
    if asked is None:
        return ()
    answers = campaign.settings.answers
    idle = sorted(answers.keys() - set(asked))
    slips = list(_slips(campaign, idle, sorted(set(asked) - answers.keys())))
    if slips:
        raise error_of(campaign.path, slips)
    return tuple(
        f"{campaign.path.name}:{_line(campaign, each)}: no question asks for {each!r} any more; take it out"
        for each in idle
    )


def wrong_values(campaign: Campaign, questions: Iterable[Question]) -> tuple[str, ...]:
    """A sentence for each open question that has an answer, which then is none that the question takes."""
    wrong = {each.id: each for each in questions if each.id in campaign.settings.answers}
    return tuple(_wrong_value(campaign, wrong[each]) for each in sorted(wrong))


def _slips(campaign: Campaign, idle: Iterable[str], open_ids: list[str]) -> Iterator[Fault]:
    for answer in idle:
        near = get_close_matches(answer, open_ids, n=1, cutoff=NEAR)
        if near:
            sentence = f"the answer {answer!r} fits no question; did you mean {near[0]!r}?"
            yield Fault(_line(campaign, answer), sentence)


def _wrong_value(campaign: Campaign, question: Question) -> str:
    given = campaign.settings.answers[question.id]
    takes = question.suggestion.rpartition(": ")[2]
    where = f"{campaign.path.name}:{_line(campaign, question.id)}"
    return f"{where}: {question.id!r} does not take {given!r}; it takes: {takes}"


def _line(campaign: Campaign, answer: str) -> int:
    return line_of(campaign.lines, ("answers", answer))
