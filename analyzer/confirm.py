"""Try a phrase at one place of a view, word by word.

This finds what the phrase's pattern finds there, in the order in which `regex` would try it: longer texts first, a word
that may be missing first present, a gap as short as it can be. Compiling the patterns of a locale takes seconds, and
most are tried a few times only; so they serve as the definition that tests and benchmarks compare with.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

import regex

from analyzer.grammar import Word
from analyzer.phrases import GAP_CHARACTERS, GAP_WORDS, MASKED, Phrase, Script
from analyzer.records import Span

TIME_LIMIT = 1.0  # seconds for one step over a gap; steps are bounded, so this is never reached but by a defect

OPEN = frozenset(("", " ", ".", "!", "?"))  # beside these a word surely begins or ends
LONGEST_PLAIN = 40

_WORD_START = regex.compile(r"(?<!\w)\S")
_ASCII_START = re.compile(_WORD_START.pattern)  # twice as fast, and the same for these letters
_ONLY_SIGNS = regex.compile(rf"[^\w{MASKED}]*")
_BEGIN = regex.compile(r"(?<![\w])")
_END = regex.compile(r"(?!\w|'\w)")


def beginnings(view: str, *, spaced: bool) -> Sequence[int]:
    """Return where a match can begin: where a word does, or anywhere in a script without spaces."""
    if not spaced:
        return range(len(view))
    return [hit.start() for hit in (_ASCII_START if view.isascii() else _WORD_START).finditer(view)]


def find_all(phrase: Phrase, sentence: str, begins: Iterable[int]) -> list[Span]:
    """Return the matches of a phrase in a sentence, leftmost first, none inside another, given where one can begin."""
    head, size = phrase.heads[0].texts or {""}, phrase.heads[0].size
    spans, end = [], 0
    for start in begins:
        if start >= end and sentence[start : start + size] in head and (found := match_at(phrase, sentence, start)) is not None:
            spans.append((start, found))
            end = found
    return spans


def match_at(phrase: Phrase, sentence: str, start: int) -> int | None:
    """Return where a match of the phrase that begins at `start` ends, or None."""
    if phrase.opens and not _ONLY_SIGNS.fullmatch(sentence, 0, start):
        return None
    if phrase.script.spaced and start and sentence[start - 1] not in OPEN and not _BEGIN.match(sentence, start):
        return None
    return _run(phrase, sentence, start, 0)


def _run(phrase: Phrase, view: str, position: int, run: int) -> int | None:
    return _words(phrase, view, position, run, 0, phrase.script.joint, first=True)


def _words(phrase: Phrase, view: str, position: int, run: int, place: int, joint: str, *, first: bool) -> int | None:
    """Match the words of a run from `place` on, then what follows the run; `first`: no word of it has matched yet."""
    words = phrase.runs[run]
    if place == len(words):
        return _behind(phrase, view, position, run)
    word = words[place]
    if first or view.startswith(joint, position):
        begin = position if first else position + len(joint)
        for end in _ends(word, view, begin):
            if (found := _words(phrase, view, end, run, place + 1, joint, first=False)) is not None:
                return found
    return _words(phrase, view, position, run, place + 1, joint, first=first) if word.nullable else None


def _ends(word: Word, view: str, begin: int) -> list[int]:
    """Where the texts of a word that stand at `begin` end, the longest first."""
    heads, size = word.index
    room = len(view) - begin
    return [begin + length for length in heads.get(view[begin : begin + size], ()) if length <= room and view[begin : begin + length] in word.known]


def _behind(phrase: Phrase, view: str, position: int, run: int) -> int | None:
    """What must follow a run: the end of a word, or a gap and the next run."""
    if run == len(phrase.runs) - 1:
        return position if not phrase.script.spaced or view[position : position + 1] in OPEN or _END.match(view, position) else None
    if not view.startswith(phrase.script.joint, position):
        return None
    position += len(phrase.script.joint)
    head, step = phrase.heads[run + 1], _step(phrase.script)
    for _ in range((GAP_WORDS if phrase.script.spaced else GAP_CHARACTERS) + 1):
        if (not head.size or view[position : position + head.size] in head.texts) and (found := _run(phrase, view, position, run + 1)) is not None:
            return found
        position = step(view, position)
        if position < 0:
            return None
    return None


@lru_cache(maxsize=256)
def _step(script: Script) -> Callable[[str, int], int]:
    """Return what goes over one word of a gap: it gives the next position, or -1 where the gap ends."""
    match, stops = regex.compile(script.gap_step).match, {stop.split()[0] for stop in script.stops}

    def step(view: str, position: int) -> int:
        # A plain word needs no pattern.
        blank = view.find(" ", position)
        if script.spaced and 0 < blank - position <= LONGEST_PLAIN and (word := view[position:blank]).isalpha() and word not in stops:
            return blank + 1
        hit = match(view, position, timeout=TIME_LIMIT)
        return hit.end() if hit else -1

    return step
