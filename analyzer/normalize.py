"""Step 3: fold a text into the view that phrases are matched on, with a way back to the original offsets.

The view is lower case, in composed form, with straight apostrophes, without invisible characters, and with one blank
where the original has blanks, commas, dashes, Markdown emphasis or tags of HTML, but for those of paragraphs. A line break inside a sentence is a blank.
"""

import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import TypeAlias

import regex

from analyzer.phrases import MASKED
from analyzer.records import Mask

# A tag, whose attributes have values as no prose has, or an entity that ends no piece (see `_PIECE_END`).
_MARKUP = re.compile(r"</?([a-z][a-z0-9]*)(?: ?/?| +(?=[a-z-]+ ?=)(?:[^<>\n.!?:;]|[.!?:;](?!\s)){0,200})>|&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8});(?!\s|\Z)")
_BLOCKS = frozenset(("address", "blockquote", "div", "dd", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "table", "td", "th", "tr", "ul"))
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufe0f\x00-\x08\x0b-\x1f\x7f]+")
_DECOMPOSED = regex.compile(r"[^\P{M}\n]?\P{M}?\p{M}+|[\ufb00-\ufb06]")
_ELISION = re.compile("'")
_QUESTION = re.compile(" ?[?？؟]+")  # a question mark stands apart, so that a phrase can ask for it
_MASKS = re.compile(f"{MASKED}{{2,}}")
_DASHES = re.compile(r"(?:^|(?<! ) +)-+(?= )[ -]*", re.MULTILINE)
_BLANKS = re.compile("  +")

Replacement: TypeAlias = str | Callable[["re.Match[str] | regex.Match[str]"], str]
_Pass: TypeAlias = tuple[str, "Pattern", Replacement]  # the text before, what was found in it, what stands for it


_Table: TypeAlias = tuple[list[int], list[tuple[int, int, int]]]
Pattern: TypeAlias = "re.Pattern[str] | regex.Pattern[str]"


@dataclass(frozen=True)
class Folded:
    """A view of a text, and the passes that led to it."""

    view: str
    passes: tuple[_Pass, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the original text that the view's non-empty span `[start, end)` shows."""
        end -= 1
        for starts, edges in self._tables:
            if place := bisect_right(starts, start):
                out_end, begin, behind = edges[place - 1]
                # Inside a replacement, the first or last character that it stands for; behind it, as far behind its input.
                start = start - out_end + behind if start >= out_end else begin
            if place := bisect_right(starts, end):
                out_end, _, behind = edges[place - 1]
                end = end - out_end + behind if end >= out_end else behind - 1
        return start, end + 1

    @cached_property
    def _tables(self) -> list[_Table]:
        """For each pass, last first: where its replacements begin and end in its output and in its input."""
        return [_table(*one) for one in reversed(self.passes)]


def _table(text: str, pattern: Pattern, replacement: Replacement) -> _Table:
    starts, edges, shift = [], [], 0  # shift: how much shorter the output is than the input so far
    same = len(replacement) if isinstance(replacement, str) else 0
    for hit in pattern.finditer(text):
        begin, end = hit.span()
        start = begin - shift
        out_end = start + (same if isinstance(replacement, str) else len(replacement(hit)))
        starts.append(start)
        edges.append((out_end, begin, end))
        shift = end - out_end
    return starts, edges


def fold(text: str, *, elision: bool = False) -> Folded:
    """Return the view of a text, whose masks are blank (see `blank_masks`).

    >>> fold("I'm sorry,  but I **can’t**.").view
    "i'm sorry but i can't ."
    """
    view = _one_to_one(text)
    passes: list[_Pass] = []
    for needed, pattern, replacement in _PASSES:
        if needed(view) and (elision or pattern is not _ELISION):
            passes.append((view, pattern, replacement))
            view = pattern.sub(replacement, view)
    return Folded(view, tuple(passes))


def _compose(hit: "re.Match[str] | regex.Match[str]") -> str:
    return unicodedata.normalize("NFKC", hit[0]).lower()


def _unmarked(hit: "re.Match[str] | regex.Match[str]") -> str:
    """What stands for a tag, a blank or the end of a line, or for an entity."""
    if hit[1]:
        return "\n" if hit[1] in _BLOCKS else " "
    return _one_to_one(html.unescape(hit[0]))


# In this order; each only where the cheap test says that it has something to do.
_PASSES: tuple[tuple[Callable[[str], bool], Pattern, Replacement], ...] = (
    (lambda text: ("<" in text or "&" in text) and _MARKUP.search(text) is not None, _MARKUP, _unmarked),
    (lambda text: not text.replace("\n", " ").isprintable() and _INVISIBLE.search(text) is not None, _INVISIBLE, ""),
    (lambda text: not unicodedata.is_normalized("NFKC", text), _DECOMPOSED, _compose),
    (lambda text: "'" in text, _ELISION, "' "),
    (lambda text: "?" in text or "？" in text or "؟" in text, _QUESTION, " ?"),
    (lambda text: MASKED in text, _MASKS, MASKED),
    (lambda text: "- " in text, _DASHES, " "),
    (lambda text: "  " in text, _BLANKS, " "),
)


def blank_masks(text: str, masks: Sequence[Mask]) -> str:
    """Return a text of the same length with the signs of its masks in their places."""
    parts, place = [], 0
    for start, end, kind in masks:
        parts += [text[place:start], kind * (end - start)]
        place = end
    return "".join([*parts, text[place:]])


# Before a capital, a figure or the sign of a list, a line break is never one inside a sentence (see `_join_lines`).
_PIECE_END = re.compile(r"[.!?:;\n](?:(?=[ \n]|\r\n)|(?<=\n)(?=[-*#>|0-9A-Z]))[ \r\n]*")


def pieces(text: str) -> list[tuple[int, str]]:
    r"""Return where each piece of a text begins, and the piece: sentences end between them, and each folds as it does in the text.

    >>> pieces("No.\n\nIt is 3.5 m: yes")
    [(0, 'No.'), (5, 'It is 3.5 m:'), (18, 'yes')]
    """
    found, place = [], 0
    for hit in _PIECE_END.finditer(text):
        start, end = hit.span()
        found.append((place, text[place : start + 1]))
        place = end
    found.append((place, text[place:]))
    return found


_SURROGATE = re.compile("[\ud800-\udfff]")
_ASCII = str.maketrans(",*_\t\x0b\x0c`", "      '")
_COMMON = tuple(zip(",*_\t\x0b\x0c\x85\u1680\u2028\u2029\u2014\u2013\u00a0\u202f\u2010`\u02bc\u2018\u2019\u2032…。।", "              -'''''...", strict=True))


def _join_lines(text: str) -> str:
    """Make a blank of each line break inside a sentence: a letter or comma before it, a small letter behind."""
    breaks, place = [-1], text.find("\n")
    while 0 <= place < len(text) - 1:
        before, behind = text[max(0, place - 2) : place].rstrip("\r")[-1:], text[place + 1]
        if behind.islower() and (before.isalpha() or before == ","):
            breaks.append(place)
        place = text.find("\n", place + 1)
    return " ".join([text[last + 1 : place] for last, place in pairwise([*breaks, len(text)])])


def _one_to_one(text: str) -> str:
    """Lower case and plain signs, character for character."""
    if "\n" in text:
        text = _join_lines(text)
    if text.isascii():
        return text.lower().translate(_ASCII)
    lower = text.lower()
    if len(lower) != len(text):  # only a capital I with a dot grows
        lower = text.replace("İ", "i").lower()
    try:
        lower.encode()  # much faster than looking for lone surrogates
    except UnicodeEncodeError:
        lower = _SURROGATE.sub("\ufffd", lower)
    for odd, plain in _COMMON:
        lower = lower.replace(odd, plain)
    return lower if unicodedata.is_normalized("NFKC", lower) else "".join(map(_plain, lower))


@lru_cache(maxsize=4096)
def _plain(char: str) -> str:
    """The usual form of a character, one for one.

    >>> _plain("´"), _plain("ａ"), _plain("é")
    ("'", 'a', 'é')
    """
    if unicodedata.is_normalized("NFKC", char):
        return char
    if char == "´":
        return "'"
    if char == "\u2011":
        return "-"
    if char.isspace():
        return " "
    folded = unicodedata.normalize("NFKC", char)
    return folded.lower() if len(folded) == 1 and len(folded.lower()) == 1 else char
