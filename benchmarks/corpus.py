"""Print what the corpus README says: counts, agreement with the second reader, and a plain classifier's F1.

`corpus/second_reader.jsonl` holds what a second reader, who saw the text alone, gave a random tenth of the lines.
The classifier is tf-idf of character n-grams with logistic regression, trained on the train part of one locale.
"""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score, f1_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import MultiLabelBinarizer

from analyzer.corpus import Line, corpus_files, read_corpus, unusual_refusals
from analyzer.records import CUES

FOLDER = Path(__file__).resolve().parent.parent / "corpus"
CLASSIFIED = ("ar", "de", "en", "ko")


def counts(corpora: dict[str, list[Line]]) -> None:
    """Print the number of lines and of each cue per locale, and of refusals without the language's usual words for one."""
    print("| locale | lines | train | test | look-alikes or none |", " | ".join(CUES), "| refusal without usual words |")
    for code, lines in corpora.items():
        cues = Counter(cue for line in lines for cue in line.cues)
        train = sum(line.part == "train" for line in lines)
        plain = sum(not line.cues or line.trap is not None for line in lines)
        print(
            f"| {code} | {len(lines)} | {train} | {len(lines) - train} | {plain} |",
            " | ".join(str(cues[cue]) for cue in CUES),
            f"| {unusual_refusals(FOLDER / f'{code}.jsonl', lines)} |",
        )


def agreement(corpora: dict[str, list[Line]], second: dict[str, set[str]], first: dict[str, set[str]]) -> None:
    """Print Cohen's kappa of the second reader with the labels as first written, per cue and per locale."""
    read = [line.id for lines in corpora.values() for line in lines if line.id in second]
    print("kappa per cue:", ", ".join(f"{cue} {_kappa(read, first, second, (cue,)):.2f}" for cue in CUES))
    for code in corpora:
        own = [name for name in read if name.startswith(f"{code}-")]
        if own:
            print(f"kappa {code}: {_kappa(own, first, second, CUES):.2f} over {len(own)} lines")
    print(f"kappa of all: {_kappa(read, first, second, CUES):.2f} over {len(read)} lines")


def _kappa(names: Sequence[str], first: dict[str, set[str]], second: dict[str, set[str]], cues: Sequence[str]) -> float:
    pairs = [(cue in first[name], cue in second[name]) for name in names for cue in cues]
    return float(cohen_kappa_score(*zip(*pairs, strict=True)))


def classifier(code: str, lines: list[Line]) -> None:
    """Print F1 of refusal and micro-F1 of all cues on the test part, for a quarter, half and all of the train part."""
    train, test = ([line for line in lines if line.part == part] for part in ("train", "test"))
    labels = MultiLabelBinarizer(classes=CUES).fit([CUES])
    truth = labels.transform([line.cues for line in test])
    for share in (0.25, 0.5, 1.0):
        some = train[:: round(1 / share)]
        features = make_union(
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True), TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
        )
        model = make_pipeline(features, OneVsRestClassifier(LogisticRegression(C=20, class_weight="balanced", max_iter=1000)))
        model.fit([line.text for line in some], labels.transform([line.cues for line in some]))
        found = model.predict([line.text for line in test])
        refusal = f1_score(truth[:, CUES.index("refusal")], found[:, CUES.index("refusal")])
        print(f"{code} {len(some)} lines: refusal F1 {refusal:.2f}, all cues micro-F1 {f1_score(truth, found, average='micro'):.2f}")


def main() -> None:
    """Print all figures."""
    corpora = {path.stem: list(read_corpus(path)) for path in corpus_files()}
    counts(corpora)
    readings = [json.loads(line) for line in (FOLDER / "second_reader.jsonl").read_text(encoding="utf-8").split("\n") if line]
    agreement(corpora, {row["id"]: set(row["second"]) for row in readings}, {row["id"]: set(row["first"]) for row in readings})
    for code in CLASSIFIED:
        if code in corpora:
            classifier(code, corpora[code])


if __name__ == "__main__":
    main()
