"""The written corpus keeps its promises: form, labels, no near-duplicates, varied openings, the right language."""

import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from analyzer.corpus import Line, corpus_files, read_corpus, unusual_refusals
from analyzer.identify import identify
from analyzer.patterns import load_concepts
from analyzer.records import CUES

FILES = [pytest.param(path, id=path.stem) for path in corpus_files()]
NO_SPACES = ("ja", "zh")
LONG = 40  # characters from which a line's language must be recognised
MINIMUM = {"refusal": 220, "boundary": 90, "empathy": 90, "deflection": 90, "explanation": 80, "caution": 70}
MINIMUM |= {"acknowledgment": 60, "apology": 50, "uncertainty": 50, "clarification": 50, "attachment": 50}


def lines(path: Path) -> list[Line]:
    return list(read_corpus(path))


@pytest.mark.parametrize("path", FILES)
def test_labels_agree_with_each_other(path: Path) -> None:
    concepts = load_concepts()
    for line in lines(path):
        assert line.id.startswith(f"{path.stem}-")
        assert set(line.concepts) <= concepts.keys(), line
        assert {concept.partition(".")[0] for concept in line.concepts} == set(line.cues), line


@pytest.mark.parametrize("path", FILES)
def test_counts(path: Path) -> None:
    rows = lines(path)
    counts = Counter(cue for line in rows for cue in line.cues)
    assert len(rows) >= 1000
    assert {cue: counts[cue] for cue in CUES if counts[cue] < MINIMUM[cue]} == {}
    assert sum(line.trap is not None or not line.cues for line in rows) >= 350
    assert 0.28 <= sum(line.part == "test" for line in rows) / len(rows) <= 0.32


@pytest.mark.parametrize("path", FILES)
def test_most_refusals_do_without_the_usual_words(path: Path) -> None:
    assert unusual_refusals(path, lines(path)) >= 150


@pytest.mark.parametrize("path", FILES)
def test_each_shared_content_stands_once(path: Path) -> None:
    pairs = Counter(line.pair_id for line in lines(path) if line.pair_id)
    assert set(pairs.values()) == {1}
    assert len(pairs) == 150


@pytest.mark.parametrize("path", FILES)
def test_no_line_stands_twice(path: Path) -> None:
    """No two lines of a locale have character 5-grams with a Jaccard index above .6."""
    shared: dict[str, list[int]] = defaultdict(list)
    sets = [grams(line.text) for line in lines(path)]
    for number, own in enumerate(sets):
        for other, common in Counter(place for gram in own for place in shared[gram]).items():
            assert common / (len(own) + len(sets[other]) - common) <= 0.6, (number + 1, other + 1)
        for gram in own:
            shared[gram].append(number)


def grams(text: str) -> set[str]:
    folded = re.sub(r"\s+", " ", text.lower())
    return {folded[place : place + 5] for place in range(max(1, len(folded) - 4))}


@pytest.mark.parametrize("path", FILES)
def test_openings_vary(path: Path) -> None:
    rows = lines(path)
    first = Counter(line.text[:2] if path.stem in NO_SPACES else line.text.lower().split()[0].strip(".,!?¿¡:;\"'«„“") for line in rows)
    word, count = first.most_common(1)[0]
    assert count < 0.04 * len(rows), word


@pytest.mark.parametrize("path", FILES)
def test_language(path: Path) -> None:
    known = tuple(other.stem for other in corpus_files())
    long = [line for line in lines(path) if len(line.text) > LONG]
    wrong = [line.id for line in long if identify(line.text, path.stem, known).code != path.stem]
    assert len(wrong) <= 0.01 * len(long), wrong
