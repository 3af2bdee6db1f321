"""Find which phrases can match a sentence, from the words that stand in it.

A phrase asks for a few things of a sentence, each a set of words or pairs of neighbouring words of which one must be
there. What each word of the language gives to all phrases stands in one integer, a bit for each thing asked, so a
sentence costs one look-up a word however many phrases there are.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

import regex

from analyzer.grammar import Word

ASKED = 4  # things a phrase asks for; with more, candidates hardly become fewer
MOST_KEYS = 30  # pairs in one thing asked; more make the index large and candidates hardly fewer

Keys = frozenset[str]

_WORDS = regex.compile(r"\w+|\?")
_SIGNS = regex.compile(r"\w|\?")
_RARITY = [3.0**-length for length in range(15)]


def words_of(text: str, *, spaced: bool) -> list[str]:
    """Return the runs of letters and digits of a text and its question marks; single signs where a script has no spaces.

    A phrase matches whole words, so each word of what it matches is a word of the text around it too.

    >>> words_of("i can't, ok ?", spaced=True)
    ['i', 'can', 't', 'ok', '?']
    """
    if spaced and text.isalpha():
        return [text]
    words: list[str] = (_WORDS if spaced else _SIGNS).findall(text)
    return words


def asked_by(runs: Iterable[Sequence[Word]], *, spaced: bool) -> tuple[Keys, ...]:
    """Return what the words between the gaps of a phrase ask of a sentence, the rarest first."""
    found = dict.fromkeys(keys for run in runs for keys in (*_of_words(run, spaced), *_of_pairs(run, spaced)) if keys)
    return tuple(sorted(found, key=frequency)[:ASKED])


def frequency(keys: Keys) -> float:
    """A guess how often one of some words is met: a word is the rarer, the longer it is."""
    return sum(_RARITY[min(len(key), 14)] for key in keys)


def _of_words(run: Sequence[Word], spaced: bool) -> Iterator[Keys]:
    """For each word that must be there, the rarest word or pair of each of its texts."""
    return (_rarest(word.texts, spaced) for word in run if not word.nullable)


def _of_pairs(run: Sequence[Word], spaced: bool) -> Iterator[Keys]:
    """For each word that must be there, how it ends with how the next one begins, which may be the one behind it if that may be missing."""
    for place, word in enumerate(run):
        behind = _behind(run, place)
        if not word.nullable and behind:
            last = _edges(word.texts, spaced)[1]
            first = frozenset[str]().union(*(_edges(other.texts, spaced)[0] for other in behind))
            if "" not in last | first and len(last) * len(first) <= MOST_KEYS:
                yield frozenset(f"{a} {b}" for a in last for b in first)


# The same word lists stand in many phrases.
@lru_cache(maxsize=65536)
def _rarest(texts: tuple[str, ...], spaced: bool) -> Keys:
    found = [max(_keys(words_of(text, spaced=spaced)), key=len, default="") for text in texts]
    return frozenset(found if all(found) else ())


def _keys(words: Sequence[str]) -> Sequence[str]:
    return [" ".join(pair) for pair in pairwise(words)] if len(words) > 1 else words


@lru_cache(maxsize=65536)
def _edges(texts: tuple[str, ...], spaced: bool) -> tuple[Keys, Keys]:
    """The first words of some texts, and the last ones."""
    words = [words_of(text, spaced=spaced) or [""] for text in texts]
    return frozenset(one[0] for one in words), frozenset(one[-1] for one in words)


def _behind(run: Sequence[Word], place: int) -> Sequence[Word]:
    """The words of which one must follow, or none where nothing must."""
    following = next((end for end, word in enumerate(run[place + 1 :], place + 2) if not word.nullable), place)
    return run[place + 1 : following]


# By word, the bits to set, behind the word that must follow or "": "not 0 7| 1". One text a word is read much faster from
# the cache than lists, and few words of a language are ever met.
Places = dict[str, str]


def places_of(phrases: Sequence[Sequence[Keys]]) -> Places:
    """Return what an Index is made of: for each word and pair the bits, one for each thing asked by each phrase.

    >>> places_of([[frozenset(["can not"])], [frozenset(["can"]), frozenset(["help"])]])["can"]
    'not 0| 1'
    """
    places: dict[str, dict[str, list[int]]] = {}
    for number, needs in enumerate(phrases):
        for plane in range(ASKED):
            # A phrase that asks for less has the rest from the start.
            for key in needs[plane] if plane < len(needs) else ("",):
                word, _, behind = key.partition(" ")
                places.setdefault(word, {}).setdefault(behind, []).append(plane * len(phrases) + number)
    return {word: "|".join(f"{behind} {' '.join(map(str, bits))}" for behind, bits in pairs.items()) for word, pairs in places.items()}


Pairs = dict[str, int | str]  # what a word gives with the word behind it: bits, or their places until the pair is met
Given = tuple[int, Pairs]  # what a word gives alone, and in pairs

_NOTHING: Given = (0, {})


class Index:
    """What each word gives to the phrases; a phrase is known by its number in the order given."""

    def __init__(self, places: Places, size: int, *, spaced: bool) -> None:
        self._places, self._size, self._spaced = places, size, spaced
        self._all = (1 << size) - 1
        self._given: dict[str, Given] = {}  # made of the places at the first use of a word
        self._bits = self._give("")[0]

    def candidates(self, view: str) -> list[int]:
        """Return, sorted, the numbers of the phrases that find in the view all that they ask for."""
        bits, pairs = self._bits, _NOTHING[1]
        for word in words_of(view, spaced=self._spaced):
            both = pairs.get(word, 0)
            if isinstance(both, str):
                both = pairs[word] = _bits(both)
            alone, pairs = self._given.get(word) or (self._give(word) if word in self._places else _NOTHING)
            if alone or both:  # a number of so many bits is slow to copy, and most words give nothing
                bits |= alone | both
        left = bits & self._all
        for plane in range(1, ASKED):
            left &= bits >> (plane * self._size)
        return list(_ones(left))

    def _give(self, word: str) -> Given:
        parts = (part.partition(" ") for part in self._places.get(word, "").split("|"))
        places = {behind: bits for behind, _, bits in parts}
        given = self._given[word] = (_bits(places.pop("", "")), dict(places))
        return given


def _bits(places: str) -> int:
    numbers = [*map(int, places.split())]
    octets = bytearray(max(numbers, default=0) // 8 + 1)  # adding up numbers of so many bits is slow
    for number in numbers:
        octets[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(octets, "little")


def _ones(bits: int) -> Iterator[int]:
    """Yield the places of the bits that are set.

    >>> list(_ones(0b1001))
    [0, 3]
    """
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest
