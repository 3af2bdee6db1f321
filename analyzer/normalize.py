"""Step 3: fold a text into the view that phrases are matched on, with a way back to the original offsets.

The view is lower case, in composed form, with straight apostrophes, without invisible characters, and with one blank
where the original has blanks, commas, dashes or Markdown emphasis. A line break inside a sentence is a blank.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import regex

from analyzer.masks import Mask
from analyzer.phrases import MASKED

# Each pass replaces what its pattern finds by what its function gives; offsets are rebuilt from the two.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufe0f\x00-\x08\x0b-\x1f\x7f]+")
_DECOMPOSED = regex.compile(r"[^\P{M}\n]?\P{M}?\p{M}+|[\ufb00-\ufb06]")
_ELISION = re.compile("'")
_QUESTION = re.compile(" ?[?？؟]+")  # a question mark stands apart, so that a phrase can ask for it
_BLANKS = re.compile(f" +-(?= )[ -]*|  +|{MASKED}{{2,}}")
_SOFT_BREAK = regex.compile(r"(?<=[\p{L},])[ \t]*\n[ \t]*(?=\p{Ll})")


Pattern = re.Pattern[str] | regex.Pattern[str]


@dataclass(frozen=True, slots=True)
class Folded:
    """A view of a text, and the passes that led to it."""

    view: str
    passes: tuple[tuple[str, Pattern, Callable[[str], str]], ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the original text that the view's non-empty span `[start, end)` shows."""
        return self._origin(start, last=False), self._origin(end - 1, last=True) + 1

    def _origin(self, position: int, *, last: bool) -> int:
        for text, pattern, replace in reversed(self.passes):
            position = _origin(position, text, pattern, replace, last=last)
        return position


def fold(text: str, masks: Sequence[Mask] = (), *, elision: bool = False) -> Folded:
    """Return the view of a text.

    >>> fold("I'm sorry,  but I **can’t**.").view
    "i'm sorry but i can't ."
    """
    view = _one_to_one(_blank_masks(text, masks))
    passes: list[tuple[str, Pattern, Callable[[str], str]]] = []
    for pattern, replace, needed in _passes(view, elision=elision):
        if needed(view):
            passes.append((view, pattern, replace))
            view = pattern.sub(lambda hit, replace=replace: replace(hit[0]), view)  # type: ignore[misc]
    return Folded(view, tuple(passes))


_Pass = tuple[Pattern, Callable[[str], str], Callable[[str], bool]]


def _passes(view: str, *, elision: bool) -> tuple[_Pass, ...]:
    ascii_only = view.isascii()
    return (
        (_INVISIBLE, _nothing, lambda text: _INVISIBLE.search(text) is not None),
        (_DECOMPOSED, _compose, lambda text: not ascii_only and not unicodedata.is_normalized("NFKC", text)),
        (_ELISION, _apart, lambda text: elision and "'" in text),
        (_QUESTION, _ask, lambda text: "?" in text or not ascii_only),
        (_BLANKS, _blank, lambda text: "  " in text or " - " in text or MASKED in text),
    )


def _nothing(_: str) -> str:
    return ""


def _blank(found: str) -> str:
    return MASKED if found[0] == MASKED else " "


def _ask(_: str) -> str:
    return " ?"


def _apart(_: str) -> str:
    return "' "


def _compose(found: str) -> str:
    return unicodedata.normalize("NFKC", found).lower()


def _blank_masks(text: str, masks: Sequence[Mask]) -> str:
    for start, end, kind in masks:
        text = text[:start] + kind * (end - start) + text[end:]
    return text


_ASCII = str.maketrans(",*_\t", "    ")
_COMMON = tuple(zip(",*_\t\u2014\u2013\u00a0\u202f\u2018\u2019", "        ''", strict=True))


def _one_to_one(text: str) -> str:
    """Lower case and plain signs, character for character."""
    if "\n" in text:
        text = _SOFT_BREAK.sub(lambda hit: " " * len(hit[0]), text)
    if text.isascii():
        return text.lower().translate(_ASCII)
    lower = text.lower()
    if len(lower) != len(text):  # only a capital I with a dot grows
        lower = "".join(char.lower()[0] for char in text)
    for odd, plain in _COMMON:
        lower = lower.replace(odd, plain)
    return lower if unicodedata.is_normalized("NFKC", lower) else "".join(map(_plain, lower))


@lru_cache(maxsize=4096)
def _plain(char: str) -> str:
    """The usual form of a character, one for one.

    >>> _plain("´"), _plain("ａ"), _plain("é")
    ("'", 'a', 'é')
    """
    if char in "ʼ´`′":
        return "'"
    if char in "\u2010\u2011":
        return "-"
    if char.isspace() and char != "\n":
        return " "
    folded = unicodedata.normalize("NFKC", char)
    return folded.lower() if len(folded) == 1 and len(folded.lower()) == 1 else char


def _origin(position: int, text: str, pattern: Pattern, replace: Callable[[str], str], *, last: bool) -> int:
    """Map a position behind one pass to the position before it; inside a replacement, to its first or last character."""
    shift = 0  # how much shorter the output is than the input so far
    for hit in pattern.finditer(text):
        start = hit.start() - shift
        if start > position:
            break
        length = len(replace(hit[0]))
        if position < start + length:
            return hit.end() - 1 if last else hit.start()
        shift += len(hit[0]) - length
    return position + shift
