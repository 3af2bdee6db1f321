"""Overall scores: weights per cue and outcome, declared in `patterns/scores.toml`."""

from functools import cache
from pathlib import Path
from typing import Annotated

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from analyzer.data import data_folder, read_toml
from analyzer.records import CUES, AnalyzerError, Cue, Outcome


class ScoreSpec(BaseModel):
    """A named overall score with its declared range and the reason for its weights."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    means: Annotated[str, Field(min_length=1)]
    low: float
    high: float
    base: float
    reason: Annotated[str, Field(min_length=1)]
    cues: dict[Cue, float]
    outcomes: dict[Outcome, float] = {}

    @model_validator(mode="after")
    def _range_is_open(self) -> "ScoreSpec":
        if not self.low <= self.base <= self.high or self.low == self.high:
            raise ValueError("base must lie between low and high")
        return self


@cache
def load_scores(user_folder: Path | None = None) -> dict[str, ScoreSpec]:
    """Return the overall scores by name; a user's own file adds to or overrides the shipped one."""
    paths = [folder / "scores.toml" for folder in (data_folder("patterns"), user_folder) if folder]
    tables = {name: (path, table) for path in paths if path.is_file() for name, table in read_toml(path).items()}
    return {name: _validated(path, name, table) for name, (path, table) in tables.items()}


def _validated(path: Path, name: str, table: object) -> ScoreSpec:
    try:
        return ScoreSpec.model_validate(table)
    except ValidationError as error:
        issues = "\n".join(f"  {'.'.join(map(str, issue['loc']))}: {issue['msg']}" for issue in error.errors())
        raise AnalyzerError(f"{path}  [{name}]\n{issues}\n  Mend these entries; the comment at the top says what each means.") from None


def score_expression(spec: ScoreSpec) -> pl.Expr:
    """Return base + sum of weight x cue score over the cues that hold + weight of the outcome, cut to the range."""
    total = pl.lit(spec.base)
    for cue in CUES:
        if weight := spec.cues.get(cue):
            total = total + pl.when(cue).then(pl.col(f"{cue}_score") * weight).otherwise(0.0)
    if spec.outcomes:
        total = total + pl.col("outcome").replace_strict({str(k): v for k, v in spec.outcomes.items()}, default=0.0, return_dtype=pl.Float64)
    tagged = pl.all_horizontal(pl.col(CUES).is_not_null())  # a provider's word alone gives no score
    measurable = tagged & (pl.col("outcome") != "invalid")
    return pl.when(measurable).then(total.clip(spec.low, spec.high).round(3))
