"""Compile a phrase to a bounded `regex` pattern and to the literals of which every match holds one.

Patterns run over a folded view (see `normalize`): lower case, one blank between words, so a word boundary and a blank
are all that a phrase needs to know about the text around it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import log

import regex

from analyzer.grammar import MAX_TEXTS, Gap, PhraseError, Word, expand, parse

GAP_WORDS = 6
GAP_CHARACTERS = 12
MAX_LITERALS = 120  # texts of one stretch; a longer list costs more in the automaton than it saves in candidates
FEW = 12  # texts that are sought in a sentence before a phrase with gaps is tried
EDGE = 5  # letters beside a literal that are compared before a pattern is tried
MASKED = "\ue000"  # stands for a masked quotation; a gap may cross it like a word
WORD_START = regex.compile(r"(?<!\w)\S")

# A gap word: no sentence end in it, and no run longer than a long compound.
_GAP_WORD = rf"(?:{MASKED}|[^\s.!?…;:。！？；：{MASKED}]{{1,40}}+(?:[.:][\w]{{1,12}}+)?+)"
_LONGEST_GAP = 1 + GAP_WORDS * 54
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
    """What must stand at a place: one of these texts, all of the same length; no text if anything may."""

    texts: frozenset[str] = frozenset()
    size: int = 0


@dataclass(frozen=True)
class Phrase:
    """A phrase. Every match holds one of `literals`, a text of one stretch of its words."""

    source: str
    lists: Mapping[str, Sequence[str]] = field(repr=False, compare=False)
    script: Script
    stretch: "Stretch"
    literals: tuple[str, ...]

    # What follows is made at its first use, since most phrases are no candidate in most runs.

    @cached_property
    def runs(self) -> tuple[tuple[Word, ...], ...]:
        """Its words between the gaps."""
        return _runs(parse(self.source, self.lists, self.script.joint, elision=self.script.elision))

    @cached_property
    def pattern(self) -> str:
        """What it compiles to."""
        before, after = (r"(?<![\w])", r"(?!\w|'\w)") if self.script.spaced else ("", "")
        return before + self.script.gap.join(_run_pattern(run, self.script.joint) for run in self.runs) + after

    @cached_property
    def needs(self) -> list[tuple[str, ...]]:
        """Of each run but that of the literal, the texts of its rarest stretch, where they are few: one must stand in the sentence."""
        runs = [run for place, run in enumerate(self.runs) if place != self.stretch.run]
        best = [max(_stretches([run], self.script, most=FEW), key=lambda stretch: -stretch.frequency, default=None) for run in runs]
        found = [expand(run[stretch.start : stretch.end], self.script.joint) for run, stretch in zip(runs, best, strict=True) if stretch]
        return [tuple(texts) for texts in found if "" not in texts]

    @cached_property
    def starts(self) -> int:
        """How many words may begin before the literal, as `WORD_START` counts; behind a gap, as many as there is room for."""
        if self.stretch.run:
            return self.stretch.before
        return sum(max(len(WORD_START.findall(text)) for text in word.texts) for word in self.runs[0][: self.stretch.start])

    @cached_property
    def heads(self) -> list[Edge]:
        """How each run begins."""
        return [_edge(run, self.script, "", open_end=run is self.runs[-1]) for run in self.runs]

    @cached_property
    def ahead(self) -> Edge:
        """What stands before the literal."""
        words = self.runs[self.stretch.run][: self.stretch.start][::-1]
        return _edge(words, self.script, self.script.joint, open_end=self.stretch.run == 0, last=True)

    @cached_property
    def after(self) -> Edge:
        """What stands behind the literal."""
        words = self.runs[self.stretch.run][self.stretch.end :]
        return _edge(words, self.script, self.script.joint, open_end=self.stretch.run == len(self.runs) - 1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words side by side of which one text stands in every match: the rarer and the nearer to the start, the cheaper to seek."""

    run: int
    start: int
    end: int
    length: int  # of the shortest text
    frequency: float
    before: int  # characters from the start of a match, at most
    words: int  # from there

    @property
    def worth(self) -> float:
        return -log(self.frequency, 3) - 0.3 * min(self.words, 10)


def compile_phrase(source: str, lists: Mapping[str, Sequence[str]], script: Script, *, shortest: int = 3) -> Phrase:
    """Compile one phrase; raise PhraseError with the remedy where it cannot be read.

    >>> compile_phrase("i (cannot|can't) help", {}, Script()).literals
    ("i can't help", 'i cannot help')
    """
    runs = _runs(parse(source, lists, script.joint, elision=script.elision))
    stretches = _long_enough(runs, script, shortest, MAX_LITERALS) or _long_enough(runs, script, shortest, MAX_TEXTS)
    if not stretches:
        raise PhraseError(f"All its words are too short or may be missing. Add a word of at least {shortest} letters.")
    best = max(stretches, key=lambda stretch: stretch.worth)
    literals = expand(runs[best.run][best.start : best.end], script.joint)
    return Phrase(source, lists, script, best, tuple(sorted(set(literals))))


def _long_enough(runs: Sequence[Sequence[Word]], script: Script, shortest: int, most: int) -> list[Stretch]:
    return [stretch for stretch in _stretches(runs, script, most=most) if stretch.length >= (shortest if script.spaced else 1)]


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


def _stretches(runs: Sequence[Sequence[Word]], script: Script, *, most: int) -> Iterator[Stretch]:
    """Yield the stretches with few enough texts."""
    joint = len(script.joint)
    passed = words = 0
    for place, run in enumerate(runs):
        for start in range(len(run)):
            count, length, frequency = 1, -joint, 1.0
            for end, word in enumerate(run[start:], start + 1):
                count *= word.count
                frequency *= word.frequency
                length += word.shortest + joint if word.shortest else 0
                if count > most:
                    break
                yield Stretch(place, start, end, length, frequency, passed, words)
            passed += run[start].longest + joint
            words += 1
        passed += _LONGEST_GAP if script.spaced else GAP_CHARACTERS
        words += GAP_WORDS


def _edge(words: Sequence[Word], script: Script, joint: str, *, open_end: bool, last: bool = False) -> Edge:
    """What stands next to a stretch, given the words from there on; words that may be missing let the next one through.

    `open_end`: the phrase may end with these words, so nothing is known of what follows them. `last`: seen backwards.
    """
    texts: set[str] = set()
    for place, word in enumerate(words):
        # Where something of the phrase must follow, even a short word ends with the joint.
        ends = open_end and all(other.nullable for other in words[place + 1 :])
        pad = "" if ends else script.joint
        texts.update(pad + text if last else text + pad for text in word.texts)
        if not word.nullable:
            size = min(EDGE, *map(len, texts))
            return Edge(frozenset(text[-size:] + joint if last else joint + text[:size] for text in texts), size + len(joint))
    return Edge()
