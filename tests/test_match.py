"""Filtered and unfiltered matching give the same spans; every span's text is what the evidence says."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.fuse import score
from analyzer.match import Matcher
from analyzer.normalize import fold
from analyzer.patterns import load_locale, locale_codes
from analyzer.records import CUES
from analyzer.tag import find_matches, tag_text

LOCALES = {code: load_locale(code) for code in locale_codes()}
MATCHERS = {code: Matcher(locale) for code, locale in LOCALES.items()}
NOISE = st.text(alphabet=st.one_of(st.sampled_from(" ,.?!\n'’\"*—"), st.characters()), max_size=12)


@st.composite
def texts(draw: st.DrawFn, code: str) -> str:
    """Words of the locale's own phrases in any order, with any Unicode between them."""
    words = sorted({word for phrase in MATCHERS[code].phrases for keys in phrase.asked for key in sorted(keys)[:3] for word in (key, *key.split())})
    pieces = draw(st.lists(st.one_of(st.sampled_from(words), NOISE, st.just(" ")), max_size=14))
    return draw(st.sampled_from(["", " "])).join(pieces)


@pytest.mark.parametrize("code", locale_codes())
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_filtered_is_unfiltered(code: str, data: st.DataObject) -> None:
    view = fold(data.draw(texts(code)), elision=LOCALES[code].facts.elision).view
    assert MATCHERS[code].phrase_spans(view) == MATCHERS[code].phrase_spans(view, filtered=False)


@pytest.mark.parametrize("code", locale_codes())
def test_filtered_is_unfiltered_on_every_example(code: str) -> None:
    matcher = MATCHERS[code]
    examples = [example.replace("{", "").replace("}", "") for rule in LOCALES[code].rules[::7] for example in rule.source.positive[:2]]
    view = fold(" ".join(examples), elision=LOCALES[code].facts.elision).view
    assert matcher.phrase_spans(view) == matcher.phrase_spans(view, filtered=False)


@pytest.mark.parametrize("code", locale_codes())
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_text_matches_as_its_pieces(code: str, data: st.DataObject) -> None:
    text = data.draw(texts(code))
    folded = fold(text, elision=LOCALES[code].facts.elision)
    assert find_matches(text, LOCALES[code]) == MATCHERS[code].find(folded.view, folded.span)


@pytest.mark.parametrize(("text", "found"), [("50 50", ["50 50"]), ("1.\n50-50!", ["50-50"]), ("50 51", []), ("12345", [])])
def test_figures_match_where_a_phrase_asks_for_them(text: str, found: list[str]) -> None:
    assert [text[match.start : match.end] for match in find_matches(text, LOCALES["ms"])] == found


@pytest.mark.parametrize("code", locale_codes())
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_evidence_lies_in_the_text_and_rebuilds_each_score(code: str, data: st.DataObject) -> None:
    text = data.draw(texts(code))
    tags = tag_text(text, LOCALES[code])
    for reason in tags.evidence:
        assert 0 <= reason.start < reason.end <= len(text)
    for cue in CUES:
        assert tags.scores[cue] == score([reason for reason in tags.evidence if reason.cue == cue])
        assert 0 <= tags.scores[cue] <= 1
