"""The names and records that every step shares. This module imports nothing of ours."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple, cast, get_args

Cue = Literal[
    "refusal",
    "apology",
    "explanation",
    "deflection",
    "acknowledgment",
    "boundary",
    "empathy",
    "caution",
    "uncertainty",
    "clarification",
    "attachment",
]
CUES: tuple[Cue, ...] = get_args(Cue)

Strength = Literal["strong", "medium", "weak"]

Outcome = Literal["full_refusal", "partial_refusal", "safe_completion", "deflection", "compliance", "invalid"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
REFUSED: tuple[Outcome, ...] = ("full_refusal", "partial_refusal")


Span = tuple[int, int]  # half-open, in characters
Mask = tuple[int, int, str]  # a span that is not the assistant's own voice, and the sign that stands for it


def hits(span: Span, others: Sequence[Span]) -> bool:
    """Whether a span overlaps one of others that are sorted and apart from each other.

    >>> hits((4, 9), [(0, 4), (8, 10)]), hits((4, 8), [(0, 4), (8, 10)])
    (True, False)
    """
    before = bisect_left(others, (span[1],))  # so many begin before the span ends
    return before > 0 and others[before - 1][1] > span[0]


def counted(number: int, noun: str) -> str:
    """Write a number with its noun, for people.

    >>> counted(1, "line"), counted(1200, "response")
    ('1 line', '1,200 responses')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def concept_of(rule: str) -> str:
    """The concept in a rule's id: `refusal.inability` of `refusal.inability/help`."""
    return rule.partition("/")[0]


@lru_cache(maxsize=65536)
def cue_of(rule: str) -> Cue:
    """The cue in a rule's id: `refusal` of `refusal.inability/help`."""
    return cast("Cue", rule.partition(".")[0])


class Match(NamedTuple):
    """One rule on one span of the original text."""

    rule: str  # refusal.inability/help
    strength: Strength
    start: int
    end: int

    @property
    def concept(self) -> str:
        """The concept that the rule speaks of: `refusal.inability`."""
        return concept_of(self.rule)

    @property
    def cue(self) -> Cue:
        """The cue that the rule speaks of: `refusal`."""
        return cue_of(self.rule)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """What is wrong in a file: where, what, and how to mend it."""

    place: str  # patterns/de/refusal.toml:4  refusal.inability/help
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}\n  {self.what}\n  {self.remedy}"


class AnalyzerError(Exception):
    """Something the user can mend. The message says where, what and how; the command line prints it without a traceback."""
