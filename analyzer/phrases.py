"""The phrase language: parse a phrase, and compile it to a bounded `regex` pattern and the literals that it needs.

    a b       these words in this order, spaces and commas between them
    (a|b)     one of these, also inside a word: helf(e|en)
    [a]       may be missing
    <name>    a word list
    ?         closes a phrase that must be a question
    ...       up to six words (twelve characters where the script has no spaces), in one sentence

Patterns run over a folded view (see `normalize`): lower case, one blank between words, so a word boundary and a blank
are all that a phrase needs to know about the text around it.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import regex

GAP_WORDS = 6
GAP_CHARACTERS = 12
MAX_LITERALS = 400  # expansions of one stretch; a longer list costs more in the automaton than it saves in candidates
MASKED = "\ue000"  # stands for a masked quotation; a gap may cross it like a word

# A gap word: no sentence end in it, and no run longer than a long compound.
_GAP_WORD = rf"(?:{MASKED}|[^\s.!?…;:{MASKED}]{{1,40}}+(?:[.:][\w]{{1,12}}+)?+)"
_LONGEST_GAP_WORD = 53
_GAP_CHARACTER = r"[^\s.!?…;:。！？；：]"
_TOKEN = regex.compile(r"\.\.\.|[()\[\]|]|<[a-z0-9_]+>|\s+|[^\s()\[\]|<>.]+|.")


class PhraseError(ValueError):
    """A phrase that cannot be read; the message says why and how to write it."""


@dataclass(frozen=True, slots=True)
class Literal:
    """Characters as they stand."""

    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several sequences; `optional` if it may be missing."""

    options: tuple["Sequence_", ...]
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """A bounded stretch of any words."""


Part = Literal | Choice
Word = tuple[Part, ...]
Sequence_ = tuple[Word | Gap, ...]


@dataclass(frozen=True)
class Script:
    """What a phrase must know of its locale."""

    spaced: bool = True
    elision: bool = False  # an apostrophe ends a word: l'aide is l' aide
    stops: tuple[str, ...] = ()  # words that no gap crosses

    @property
    def joint(self) -> str:
        return " " if self.spaced else ""

    @cached_property
    def gap(self) -> str:
        """The pattern of a gap, from the end of one word to the start of the next."""
        stop = "|".join(map(regex.escape, sorted(self.stops)))
        if self.spaced:
            word = rf"(?!(?:{stop})(?!\w)){_GAP_WORD}" if stop else _GAP_WORD
            return rf" (?:{word} ){{0,{GAP_WORDS}}}?"
        character = rf"(?!{stop}){_GAP_CHARACTER}" if stop else _GAP_CHARACTER
        return rf"(?:{character}){{0,{GAP_CHARACTERS}}}?"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A compiled phrase. Every match holds one of `literals` and is at most `reach` characters long."""

    source: str
    pattern: str
    literals: tuple[str, ...]
    reach: int


def compile_phrase(source: str, lists: Mapping[str, Sequence[str]], script: Script, *, shortest: int = 3) -> Phrase:
    """Compile one phrase; raise PhraseError with the remedy where it cannot be read.

    >>> compile_phrase("i (cannot|can't) help", {}, Script()).literals
    ("i can't help", 'i cannot help')
    """
    sequence = _parse(source, lists, script)
    if isinstance(sequence[0], Gap) or isinstance(sequence[-1], Gap):
        raise PhraseError("A phrase begins and ends with a word. Delete the gap at its edge.")
    runs = [tuple(run) for gap, run in itertools.groupby(sequence, key=lambda word: isinstance(word, Gap)) if not gap]
    if all(_nullable(word) for run in runs for word in run):
        raise PhraseError("Nothing in this phrase must be there. Leave at least one word outside [ ].")
    for run in runs:
        if len(runs) > 1 and all(_nullable(word) for word in run):
            raise PhraseError("Beside a gap stands nothing that must be there. Take a word out of [ ].")
    body = script.gap.join(_run_pattern(run, script.joint) for run in runs)
    edge = (r"(?<![\w])", r"(?!\w|'\w)") if script.spaced else ("", "")
    literals = max((_best_literals(run, script.joint) for run in runs), key=_selectivity)
    if _selectivity(literals) < (shortest if script.spaced else 1):
        raise PhraseError(f"All its words are too short or may be missing. Add a word of at least {shortest} letters.")
    gap_reach = 1 + (1 + _LONGEST_GAP_WORD) * GAP_WORDS if script.spaced else GAP_CHARACTERS
    reach = sum(_longest_run(run) for run in runs) + gap_reach * (len(runs) - 1)
    return Phrase(source, edge[0] + body + edge[1], tuple(sorted(literals)), reach)


def fold_phrase(text: str, script: Script) -> str:
    """Write a phrase as the folded view writes text: lower case, straight apostrophes, elided words apart.

    >>> fold_phrase("Je ne peux pas t’aider", Script(elision=True))
    "je ne peux pas t' aider"
    """
    text = regex.sub(r"\s*[?؟？]", " ?", text.lower().replace("’", "'").replace("‘", "'"))
    return regex.sub(r"(?<=\w)'(?=[\w(\[<])", "' ", text) if script.elision else text


def _parse(source: str, lists: Mapping[str, Sequence[str]], script: Script) -> Sequence_:
    tokens = _TOKEN.findall(fold_phrase(source.strip(), script))
    if not tokens:
        raise PhraseError("The phrase is empty. Delete it or write words.")
    position, sequence = _parse_sequence(tokens, 0, lists, script, depth=0)
    if position < len(tokens):
        raise PhraseError(f"A {tokens[position]!r} stands without its partner. Balance the brackets.")
    return sequence


def _parse_sequence(
    tokens: Sequence[str], position: int, lists: Mapping[str, Sequence[str]], script: Script, *, depth: int
) -> tuple[int, Sequence_]:
    words: list[Word | Gap] = []
    parts: list[Part] = []
    while position < len(tokens) and (token := tokens[position]) not in (")", "]", "|"):
        if token.isspace():
            words, parts = words + ([tuple(parts)] if parts else []), []
        elif token == "...":
            if depth or parts:
                raise PhraseError("A gap stands between words, outside brackets. Write two phrases.")
            words.append(Gap())
        elif token in ("(", "["):
            position, part = _parse_group(tokens, position, lists, script, depth=depth)
            parts.append(part)
        elif token.startswith("<") and len(token) > 2:
            parts.append(_word_list(token[1:-1], lists, script))
        elif token in ("<", ">", ".", "{", "}"):
            raise PhraseError(f"{token!r} is not a sign of the phrase language. Delete it.")
        else:
            parts.append(Literal(token))
        position += 1
    words += [tuple(parts)] if parts else []
    if not words:
        raise PhraseError("An alternative is empty. Use [ ] for what may be missing.")
    if depth == 0 and any(a == b == Gap() for a, b in itertools.pairwise(words)):
        raise PhraseError("Two gaps stand side by side. One is enough.")
    return position, tuple(words)


def _parse_group(
    tokens: Sequence[str], position: int, lists: Mapping[str, Sequence[str]], script: Script, *, depth: int
) -> tuple[int, Choice]:
    closing = ")" if tokens[position] == "(" else "]"
    options: list[Sequence_] = []
    while True:
        position, option = _parse_sequence(tokens, position + 1, lists, script, depth=depth + 1)
        options.append(option)
        if position == len(tokens):
            raise PhraseError(f"A bracket is not closed. Add {closing!r}.")
        if tokens[position] == closing:
            return position, Choice(tuple(options), optional=closing == "]")
        if tokens[position] != "|":
            raise PhraseError(f"{tokens[position]!r} closes a bracket that another sign opened. Balance the brackets.")


def _word_list(name: str, lists: Mapping[str, Sequence[str]], script: Script) -> Choice:
    if name not in lists:
        known = ", ".join(sorted(lists)) or "none yet"
        raise PhraseError(f"There is no word list <{name}>. Add it to words.toml, or use one of: {known}.")
    return Choice(tuple(_parse(word, {}, script) for word in lists[name]))


def _nullable(word: Word | Gap) -> bool:
    return isinstance(word, tuple) and all(isinstance(part, Choice) and part.optional for part in word)


def _run_pattern(run: Sequence[Word | Gap], joint: str) -> str:
    """The pattern of words side by side; a word that may be missing takes its blank with it."""
    words = [word for word in run if isinstance(word, tuple)]
    first = next((i for i, word in enumerate(words) if not _nullable(word)), 0)
    before = "".join(f"(?:{_word_pattern(word, joint, must=True)}{joint})?" for word in words[:first])
    after = "".join(
        f"(?:{joint}{_word_pattern(word, joint, must=True)})?" if _nullable(word) else joint + _word_pattern(word, joint)
        for word in words[first + 1 :]
    )
    return before + _word_pattern(words[first], joint) + after


def _word_pattern(word: Word, joint: str, *, must: bool = False) -> str:
    if must and len(word) > 1:
        raise PhraseError("Two optional parts make a word that may be missing. Put a blank between them.")
    return "".join(_part_pattern(part, joint, must=must) for part in word)


def _part_pattern(part: Part, joint: str, *, must: bool) -> str:
    if isinstance(part, Literal):
        return regex.escape(part.text, literal_spaces=True)
    options = sorted({_run_pattern(option, joint) for option in part.options}, key=lambda text: (-len(text), text))
    return f"(?:{'|'.join(options)})" + ("?" if part.optional and not must else "")


def _expand_word(word: Word, joint: str) -> Iterator[str]:
    for parts in itertools.product(*(_expand_part(part, joint) for part in word)):
        yield "".join(parts)


def _expand_part(part: Part, joint: str) -> list[str]:
    if isinstance(part, Literal):
        return [part.text]
    texts = [text for option in part.options for text in _expand_run(option, joint)]
    return ["", *texts] if part.optional else texts


def _expand_run(run: Sequence[Word | Gap], joint: str) -> Iterator[str]:
    words = [list(_expand_word(word, joint)) for word in run if isinstance(word, tuple)]
    for texts in itertools.product(*words):
        yield joint.join(text for text in texts if text)


def _count_word(word: Word) -> int:
    return _product(1 if isinstance(part, Literal) else _count_choice(part) for part in word)


def _count_choice(part: Choice) -> int:
    options = sum(_product(_count_word(word) for word in option if isinstance(word, tuple)) for option in part.options)
    return options + part.optional


def _product(numbers: Iterator[int]) -> int:
    total = 1
    for number in numbers:
        total *= number
    return total


def _longest_run(run: Sequence[Word | Gap]) -> int:
    return sum(1 + _longest_word(word) for word in run if isinstance(word, tuple))


def _longest_word(word: Word) -> int:
    return sum(len(part.text) if isinstance(part, Literal) else max(map(_longest_run, part.options)) for part in word)


def _best_literals(run: Sequence[Word | Gap], joint: str) -> set[str]:
    """The most selective finite set of texts of which one stands in every match of the run."""
    best: set[str] = {""}
    for start, end in itertools.combinations(range(len(run) + 1), 2):
        words = [word for word in run[start:end] if isinstance(word, tuple)]
        if _product(_count_word(word) for word in words) <= MAX_LITERALS:
            literals = set(_expand_run(words, joint))
            best = max(best, literals, key=_selectivity)
    return best


def _selectivity(literals: set[str]) -> int:
    return min(map(len, literals))
