"""The files of a locale as they must be: their keys and values, checked by pydantic."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from analyzer.phrases import Script
from analyzer.records import Problem, Strength

Text = Annotated[str, StringConstraints(min_length=1)]
Mark = Annotated[str, StringConstraints(min_length=1, max_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Facts(_Strict):
    """A file of `locales/`: what is true of the language, whatever the patterns."""

    name: Text
    native: Text
    script: Annotated[str, StringConstraints(pattern=r"^[A-Z][a-z]{3}$")]
    direction: Literal["ltr", "rtl"] = "ltr"
    spaced: bool = True
    elision: bool = False
    stops: tuple[Text, ...]
    quotes: tuple[tuple[Mark, Mark], ...]
    letter_openings: tuple[Text, ...]
    letter_closings: tuple[Text, ...]
    lead_ins: tuple[Text, ...]
    spacy: Text
    status: Literal["draft", "reviewed"]
    reviewers: tuple[Text, ...] = ()

    @property
    def phrase_script(self) -> Script:
        """What the phrase compiler needs to know."""
        return Script(self.spaced, self.elision, tuple(word.lower() for word in self.stops))


class RuleSource(_Strict):
    """A [[rule]] as it stands in the file."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z]+\.[a-z_]+/[a-z0-9_-]+$")]
    strength: Strength
    match: Annotated[tuple[Text, ...], Field(min_length=1)]
    unless: tuple[Text, ...] = ()
    positive: Annotated[tuple[Text, ...], Field(min_length=1)]
    also: tuple[Text, ...] = ()
    negative: tuple[Text, ...] = ()


class CueSource(_Strict):
    """A file `patterns/<locale>/<cue>.toml`. `unless` and `negative` at the top hold for every rule in it."""

    unless: tuple[Text, ...] = ()
    negative: tuple[Text, ...] = ()
    absent: dict[Text, Text] = {}
    rule: tuple[RuleSource, ...] = ()


Model = TypeVar("Model", bound=BaseModel)


def validated(model: type[Model], data: Mapping[str, Any], path: Path, problems: list[Problem]) -> Model | None:
    """Return the tables of a file as its model, or add what is wrong to the problems."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problems += [_explain(model, issue, path) for issue in error.errors()]
        return None


def _explain(model: type[BaseModel], issue: Mapping[str, Any], path: Path) -> Problem:
    where = ".".join(str(part + 1 if isinstance(part, int) else part) for part in issue["loc"])
    remedy = f"Keys here: {', '.join(model.model_fields)}." if len(issue["loc"]) == 1 else f"Keys of a rule: {', '.join(RuleSource.model_fields)}."
    return Problem(f"{path}  {where}", f"{issue['msg']}: {str(issue['input'])[:80]!r}", remedy)
