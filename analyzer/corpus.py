"""Read the written corpus: sentences with their cues, per locale, that rules are proved on and models are trained on."""

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Literal

import orjson
import regex
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from analyzer.data import data_folder
from analyzer.records import AnalyzerError, Cue

Trap = Literal[
    "reported",
    "second_person",
    "rhetorical",
    "rebuttal",
    "uncertainty",
    "draft",
    "quoted",
    "advice",
    "translation",
    "code",
    "condolence",
    "limits",
    "role_warm",
    "partial",
    "plain",
]


class Line(BaseModel):
    """A line of `corpus/<locale>.jsonl`; `corpus/README.md` says what each field means."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z]{2,3}-\d{4}$")]
    text: Annotated[str, Field(min_length=1)]
    cues: tuple[Cue, ...]
    concepts: tuple[str, ...]
    trap: Trap | None
    manner: Annotated[Literal["formal", "neutral", "casual"], Field(alias="register")]
    pair_id: Annotated[str, Field(pattern=r"^p\d{3}$")] | None
    part: Literal["train", "test"]


def corpus_files() -> list[Path]:
    """Return the locale files of the corpus, sorted; none where the program is installed without it."""
    return sorted((data_folder("patterns").parent / "corpus").glob("??.jsonl"))


def read_corpus(path: Path) -> Iterator[Line]:
    """Yield the lines of a locale's file; a bad line raises AnalyzerError with its place."""
    for number, line in enumerate(path.read_bytes().split(b"\n"), 1):
        if line:
            try:
                yield Line.model_validate(orjson.loads(line))
            except (ValidationError, orjson.JSONDecodeError) as error:
                raise AnalyzerError(f"{path}:{number}\n  {error}\n  See corpus/README.md for the form of a line.") from None


def unusual_refusals(path: Path, lines: Iterable[Line]) -> int:
    """Count the refusals among a locale's lines that hold none of the language's usual words for one."""
    usual = tomllib.loads((path.parent / "usual_words.toml").read_text(encoding="utf-8"))[path.stem]
    refusals = (line.text.lower().replace("’", "'") for line in lines if "refusal" in line.cues)
    return sum(not regex.search(usual, text) for text in refusals)
