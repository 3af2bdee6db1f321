"""The phrase language: what phrases match, what they refuse."""

import pytest
import regex

from analyzer.grammar import PhraseError
from analyzer.index import Index, places_of
from analyzer.phrases import Script, compile_phrase

LISTS = {"can": ("can", "could"), "help": ("help", "assist [you]")}
PLAIN = Script(stops=("but",))
FRENCH = Script(elision=True)
JAPANESE = Script(spaced=False, stops=("が",))

MATCHES = [
    ("i (cannot|can't) help", PLAIN, "sorry i can't help you", "i can't help"),
    ("i <can> not <help>", PLAIN, "i could not assist you", "i could not assist you"),
    ("help(ful|s)", PLAIN, "it helps", "helps"),
    ("[very] sorry", PLAIN, "very sorry", "very sorry"),
    ("i can't [really] help", PLAIN, "i can't help", "i can't help"),
    ("i can't ... help", PLAIN, "i can't in any way help", "i can't in any way help"),
    ("which ... you use ?", PLAIN, "which one do you use ?", "which one do you use ?"),
    ("ne peux pas t'aider", FRENCH, "je ne peux pas t' aider", "ne peux pas t' aider"),
    ("でき ... ません", JAPANESE, "それはできかねますません", "できかねますません"),
    ("^ can't help", PLAIN, "no. — can't help", "can't help"),
]
MISSES = [
    ("help", PLAIN, "helpful"),
    ("i can", PLAIN, "i can't"),
    ("i can't ... help", PLAIN, "i can't but he may help"),  # a gap stops at a stop word
    ("i can't ... help", PLAIN, "i can't. please help"),  # and at the end of a sentence
    ("i can't ... help", PLAIN, "i can't\nhelp"),
    ("i can't ... help", PLAIN, "i can't one two three four five six seven help"),
    ("which ... you use ?", PLAIN, "which one do you use."),
    ("でき ... ません", JAPANESE, "できますが、わかりません"),
    ("^ can't help", PLAIN, "i can't help"),
    ("^ can't help", PLAIN, "\ue000 can't help"),
]
REFUSED = [
    ("", "empty"),
    ("... help", "begins and ends with a word"),
    ("help ...", "begins and ends with a word"),
    ("a ... ... b", "One is enough"),
    ("(a|b", "not closed"),
    ("a|b", "without its partner"),
    ("(a ... b)", "outside brackets"),
    ("(a|)", "alternative is empty"),
    ("<nothing>", "no word list <nothing>"),
    ("[a]", "Nothing must be there"),
    ("a ^ b", "no word and no sign"),
    ("help. me", "no word and no sign"),
    ("help, me", "no word and no sign"),
    ("no", "too short"),
    ("(" * 500 + "help" + ")" * 500, "within each other"),
]


@pytest.mark.parametrize(("source", "script", "text", "words"), MATCHES)
def test_phrase_matches_exactly_these_words(source: str, script: Script, text: str, words: str) -> None:
    hit = regex.search(compile_phrase(source, LISTS, script).pattern, text)
    assert hit is not None
    assert hit[0] == words


@pytest.mark.parametrize(("source", "script", "text"), MISSES)
def test_phrase_stays_silent(source: str, script: Script, text: str) -> None:
    assert regex.search(compile_phrase(source, LISTS, script).pattern, text) is None


@pytest.mark.parametrize(("source", "message"), REFUSED)
def test_unreadable_phrase_says_how_to_mend_it(source: str, message: str) -> None:
    with pytest.raises(PhraseError, match=message):
        compile_phrase(source, LISTS, PLAIN)


@pytest.mark.parametrize(("source", "script", "text"), [case[:3] for case in MATCHES])
def test_every_match_holds_what_its_phrase_asks_for(source: str, script: Script, text: str) -> None:
    phrase = compile_phrase(source, LISTS, script)
    assert Index(places_of([phrase.asked]), 1, spaced=script.spaced).candidates(text) == [0]
    assert phrase.asked


def test_two_short_words_are_enough() -> None:
    assert compile_phrase("is it", LISTS, PLAIN).asked[0] == {"is it"}
