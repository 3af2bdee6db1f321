"""The phrase language: what was written, as words that each can be one of some texts.

a b       these words in this order, spaces and commas between them
(a|b)     one of these, also inside a word: helf(e|en)
[a]       may be missing
<name>    a word list
?         closes a phrase that must be a question
^         opens a phrase that must begin its sentence
...       up to six words (twelve characters where the script has no spaces), in one sentence
"""

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import prod

import regex

MAX_TEXTS = 5_000  # of one word with its brackets; more is a phrase that nobody can read either
MAX_DEPTH = 20  # brackets within brackets

Texts = Sequence[str]  # that a word can be, "" among them if it may be missing

# A bracket without another one in it is one token: most are so, and they need no further reading.
_TOKEN = re.compile(r"\([^()\[\]<>.]+\)|\[[^()\[\]<>.]+\]|\.\.\.|[()\[\]|]|<[a-z0-9_]+>|\s+|[^\s()\[\]|<>.]+|.")
_ENDS = re.compile(r"[!^…;:,。！？；：、\"]|\?.")  # no phrase crosses the end of a sentence


class PhraseError(ValueError):
    """A phrase that cannot be read; the message says why and how to write it."""


@dataclass(frozen=True)
class Word:
    """One of some texts, the longest first; `nullable` if it may be missing."""

    texts: tuple[str, ...]
    nullable: bool

    @cached_property
    def known(self) -> frozenset[str]:
        """Its texts, to look one up."""
        return frozenset(self.texts)

    @cached_property
    def index(self) -> tuple[dict[str, list[int]], int]:
        """How long the texts are, the longest first, that begin with the same letters; and how many letters these are."""
        size = min(4, len(self.texts[-1]))
        lengths: dict[str, list[int]] = {}
        for text in self.texts:
            with_head = lengths.setdefault(text[:size], [])
            if not with_head or with_head[-1] != len(text):
                with_head.append(len(text))
        return lengths, size

    @property
    def shortest(self) -> int:
        """Characters of its shortest text."""
        return 0 if self.nullable else len(self.texts[-1])


@dataclass(frozen=True, slots=True)
class Gap:
    """A bounded stretch of any words."""


def fold_phrase(text: str, *, elision: bool) -> str:
    """Write a phrase as the folded view writes text: lower case, straight apostrophes, elided words apart.

    >>> fold_phrase("Je ne peux pas t’aider", elision=True)
    "je ne peux pas t' aider"
    """
    text = re.sub(r" ?[?؟？]", " ?", " ".join(text.lower().split()).replace("’", "'").replace("‘", "'"))
    return regex.sub(r"(?<=\w)'(?=[\w(\[<])", "' ", text) if elision else text


def parse(source: str, lists: Mapping[str, Sequence[str]], joint: str, *, elision: bool) -> list[Word | Gap]:
    """Return the words and gaps of a phrase; raise PhraseError with the remedy where it cannot be read."""
    return [part if isinstance(part, Gap) else _one_of(tuple(part)) for part in _read(source, lists, joint, elision)]


def _read(source: str, lists: Mapping[str, Sequence[str]], joint: str, elision: bool) -> list[Texts | Gap]:
    tokens = _TOKEN.findall(fold_phrase(source, elision=elision))
    if not tokens:
        raise PhraseError("The phrase is empty. Delete it or write words.")
    words, position = _Parser(tokens, lists, joint, elision).sequence(0, depth=0)
    if position < len(tokens):
        raise PhraseError(f"A {tokens[position]!r} stands without its partner. Balance the brackets.")
    return words


@dataclass(frozen=True, slots=True)
class _Parser:
    tokens: Sequence[str]
    lists: Mapping[str, Sequence[str]]
    joint: str
    elision: bool

    def sequence(self, position: int, *, depth: int) -> tuple[list[Texts | Gap], int]:
        """Read words and gaps up to a closing sign; return them and where the sign stands."""
        words: list[Texts | Gap] = []
        parts: list[Texts] = []
        while position < len(self.tokens) and (sign := self.tokens[position]) not in (")", "]", "|"):
            if sign.isspace():
                words += [_word(parts)] if parts else []
                parts = []
            elif sign == "...":
                if depth or parts:
                    raise PhraseError("A gap stands between words, outside brackets. Write two phrases.")
                words.append(Gap())
            else:
                part, position = self.part(sign, position, depth)
                parts.append(part)
            position += 1
        words += [_word(parts)] if parts else []
        if not words:
            raise PhraseError("An alternative is empty. Use [ ] for what may be missing.")
        return words, position

    def part(self, sign: str, position: int, depth: int) -> tuple[Texts, int]:
        """Return the texts that a token of a word can be, and the position behind it."""
        if sign in ("(", "["):
            return self.group(position, depth=depth)
        if sign[0] in "([":
            return self.flat(sign), position
        if sign.startswith("<") and len(sign) > 2:
            return self.word_list(sign[1:-1]), position
        if sign in ("<", ">", ".", "{", "}") or _ENDS.search(sign):
            raise PhraseError(f"{sign!r} is no word and no sign of the phrase language. Delete it; only ^ may open a phrase and ? close it.")
        return (sign,), position

    def flat(self, sign: str) -> Texts:
        """Return the texts of a bracket that holds no other."""
        texts = [self.joint.join(text.split()) for text in sign[1:-1].split("|")]
        if "" in texts:
            raise PhraseError("An alternative is empty. Use [ ] for what may be missing.")
        if end := _ENDS.search(sign):
            raise PhraseError(f"{end[0]!r} is no word and no sign of the phrase language. Delete it; only ^ may open a phrase and ? close it.")
        return texts if sign[0] == "(" else ["", *texts]

    def group(self, position: int, *, depth: int) -> tuple[Texts, int]:
        """Return the texts of a bracket that holds others, and the position behind it."""
        if depth == MAX_DEPTH:
            raise PhraseError(f"More than {MAX_DEPTH} brackets stand within each other. Take the phrase apart.")
        closing = ")" if self.tokens[position] == "(" else "]"
        texts: list[str] = [] if closing == ")" else [""]
        while True:
            words, position = self.sequence(position + 1, depth=depth + 1)
            texts += _texts(words, self.joint)
            if position == len(self.tokens):
                raise PhraseError(f"A bracket is not closed. Add {closing!r}.")
            if self.tokens[position] == closing:
                return texts, position
            if self.tokens[position] != "|":
                raise PhraseError(f"{self.tokens[position]!r} closes a bracket that another sign opened. Balance the brackets.")

    def word_list(self, name: str) -> Texts:
        """Return the texts of a word list."""
        if name not in self.lists:
            known = ", ".join(sorted(self.lists)) or "none yet"
            raise PhraseError(f"There is no word list <{name}>. Add it to words.toml, or use one of: {known}.")
        return _parsed_list(tuple(self.lists[name]), self.joint, self.elision)


def _texts(words: Sequence[Texts | Gap], joint: str) -> Texts:
    """Return all texts that words side by side can be.

    >>> _texts([["", "so"], ["sorry", "sad"]], " ")
    ['sorry', 'sad', 'so sorry', 'so sad']
    """
    options = [word for word in words if not isinstance(word, Gap)]
    if len(options) == 1:
        return options[0]
    if prod(map(len, options)) > MAX_TEXTS:
        raise PhraseError(f"A bracket can be more than {MAX_TEXTS:,} texts. Take it apart.")
    return [joint.join(filter(None, texts)) for texts in itertools.product(*options)]


def _word(parts: Sequence[Texts]) -> Texts:
    if len(parts) == 1:
        return parts[0]
    if prod(map(len, parts)) > MAX_TEXTS:
        raise PhraseError(f"A word can be more than {MAX_TEXTS:,} texts. Take it apart.")
    texts = [*map("".join, itertools.product(*parts))]
    if "" in texts:
        raise PhraseError("Two optional parts make a word that may be missing. Put a blank between them.")
    return texts


@lru_cache(maxsize=65536)
def _one_of(texts: tuple[str, ...]) -> Word:
    """The word that is one of some texts; most stand in many phrases."""
    if len(texts) > MAX_TEXTS:
        raise PhraseError(f"A word can be more than {MAX_TEXTS:,} texts. Take it apart.")
    return Word(tuple(sorted(dict.fromkeys(filter(None, texts)), key=len, reverse=True)), "" in texts)


@lru_cache(maxsize=4096)
def _parsed_list(words: tuple[str, ...], joint: str, elision: bool) -> tuple[str, ...]:
    if gap := next((word for word in words if "..." in word), None):
        raise PhraseError(f"The word list holds a gap: {gap!r}. Write the gap into the phrases.")
    return tuple(text for word in words for text in _entry_texts(word, joint, elision))


def _entry_texts(entry: str, joint: str, elision: bool) -> Texts:
    """Most entries of a list are plain words; they need no parser."""
    words = entry.lower().split()
    return [joint.join(words)] if "".join(words).isalpha() else _texts(_read(entry, {}, joint, elision), joint)
