"""Compile a phrase to a bounded `regex` pattern and to what every sentence holds that it matches.

Patterns run over a folded view (see `normalize`): lower case, one blank between words, so a word boundary and a blank
are all that a phrase needs to know about the text around it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import regex

from analyzer.grammar import Gap, PhraseError, Word, parse
from analyzer.index import Keys, asked_by

GAP_WORDS = 6
GAP_CHARACTERS = 12
EDGE = 5  # letters that are compared before a phrase is tried at a place
OPENING = "^"
MASKED = "\ue000"  # stands for a masked quotation; a gap may cross it like a word

# A gap word: no sentence end in it, and no run longer than a long compound.
_GAP_WORD = rf"(?:{MASKED}|[^\s.!?…;:。！？；：{MASKED}]{{1,40}}+(?:[.:][\w]{{1,12}}+)?+)"
# Only signs stand between the end of the last sentence and here.
_OPEN = rf"(?<=(?:\A|\n|[.!?;:](?!\w))[^\w{MASKED}]*)"
_GAP_CHARACTER = r"[^\s.!?…;:。！？；：]"


@dataclass(frozen=True)
class Script:
    """What a phrase must know of its locale."""

    spaced: bool = True
    elision: bool = False  # an apostrophe ends a word: l'aide is l' aide
    stops: tuple[str, ...] = ()  # words that no gap crosses

    @property
    def joint(self) -> str:
        """What stands between two words."""
        return " " if self.spaced else ""

    @cached_property
    def gap_step(self) -> str:
        """The pattern of one word or character of a gap."""
        stop = "|".join(map(regex.escape, sorted(self.stops)))
        if self.spaced:
            return (rf"(?!(?:{stop})(?!\w))" if stop else "") + _GAP_WORD + " "
        return (rf"(?!{stop})" if stop else "") + _GAP_CHARACTER

    @cached_property
    def gap(self) -> str:
        """The pattern of a gap, from the end of one word to the start of the next."""
        return f"{self.joint}(?:{self.gap_step}){{0,{GAP_WORDS if self.spaced else GAP_CHARACTERS}}}?"


@dataclass(frozen=True, slots=True)
class Edge:
    """How a text begins: with one of these, all of the same length; no text if with anything."""

    texts: frozenset[str] = frozenset()
    size: int = 0


@dataclass(frozen=True)
class Phrase:
    """A phrase, and what must stand in a sentence that it matches."""

    source: str
    lists: Mapping[str, Sequence[str]] = field(repr=False, compare=False)
    script: Script

    # What follows is made at its first use, since most phrases are no candidate in most runs.

    @cached_property
    def opens(self) -> bool:
        """Whether it matches only where a sentence begins."""
        return self.source.lstrip().startswith(OPENING)

    @cached_property
    def runs(self) -> tuple[tuple[Word, ...], ...]:
        """Its words between the gaps."""
        return _runs(parse(self.source.lstrip(f" {OPENING}"), self.lists, self.script.joint, elision=self.script.elision))

    @cached_property
    def asked(self) -> tuple[Keys, ...]:
        """What it asks of the words of a sentence."""
        return asked_by(self.runs, spaced=self.script.spaced)

    @cached_property
    def pattern(self) -> str:
        """What it compiles to."""
        before, after = (r"(?<![\w])", r"(?!\w|'\w)") if self.script.spaced else ("", "")
        return (_OPEN if self.opens else "") + before + self.script.gap.join(_run_pattern(run, self.script.joint) for run in self.runs) + after

    @cached_property
    def heads(self) -> list[Edge]:
        """How each run begins."""
        return [_edge(run, self.script, ends=run is self.runs[-1]) for run in self.runs]


def compile_phrase(source: str, lists: Mapping[str, Sequence[str]], script: Script, *, shortest: int = 3) -> Phrase:
    """Compile one phrase; raise PhraseError with the remedy where it cannot be read.

    >>> [sorted(keys) for keys in compile_phrase("i (cannot|can't) help", {}, Script()).asked]
    [['cannot help', 't help'], ['i can', 'i cannot'], ['can t', 'cannot'], ['help']]
    """
    phrase = Phrase(source, lists, script)
    if sum(word.shortest for run in phrase.runs for word in run) < (shortest if script.spaced else 1):
        raise PhraseError(f"All its words are too short or may be missing. Add a word of at least {shortest} letters.")
    return phrase


def _runs(parts: Sequence[Word | Gap]) -> tuple[tuple[Word, ...], ...]:
    """The words between the gaps."""
    if isinstance(parts[0], Gap) or isinstance(parts[-1], Gap):
        raise PhraseError("A phrase begins and ends with a word. Delete the gap at its edge.")
    runs: list[list[Word]] = [[]]
    for part in parts:
        if isinstance(part, Word):
            runs[-1].append(part)
        elif runs[-1]:
            runs.append([])
        else:
            raise PhraseError("Two gaps stand side by side. One is enough.")
    if any(all(word.nullable for word in run) for run in runs):
        raise PhraseError("Nothing must be there beside a gap or in the whole phrase. Take a word out of [ ].")
    return tuple(map(tuple, runs))


def _run_pattern(run: Sequence[Word], joint: str) -> str:
    """The pattern of words side by side; a word that may be missing takes its blank with it."""
    texts = [f"(?:{'|'.join(regex.escape(text, literal_spaces=True) for text in word.texts)})" for word in run]
    first = next(place for place, word in enumerate(run) if not word.nullable)
    before = "".join(f"(?:{text}{joint})?" for text in texts[:first])
    pairs = zip(run[first + 1 :], texts[first + 1 :], strict=True)
    return before + texts[first] + "".join(f"(?:{joint}{text})?" if word.nullable else joint + text for word, text in pairs)


def _edge(words: Sequence[Word], script: Script, *, ends: bool) -> Edge:
    """How words begin; those that may be missing let the next one through. `ends`: the phrase may end with them."""
    texts: set[str] = set()
    for place, word in enumerate(words):
        # Where something of the phrase must follow, even a short word ends with the joint.
        last = ends and all(other.nullable for other in words[place + 1 :])
        texts.update(text + ("" if last else script.joint) for text in word.texts)
        if not word.nullable:
            size = min(EDGE, *map(len, texts))
            return Edge(frozenset(text[:size] for text in texts), size)
    return Edge()
