"""Types that requests share: ids that can be stored and compared as they are, texts of a length that can be read."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

#: Ids and codes of the ledger: printable ASCII without blanks, so that no control character reaches a database.
Id = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,64}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,40}$")]
#: Words of people.
Words = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True, pattern=r"^[^\x00]*$")]
Key = Annotated[str, StringConstraints(pattern=r"^[!-~]{8,128}$")]


#: What is said of a time out of form.
_TIME = "expected local time as YYYY-MM-DD HH:MM:SS | 应为当地时间，形如 2026-03-02 09:30:00"


def _local(value: Any) -> Any:
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(_TIME) from None
        if moment.tzinfo is not None or not 1990 <= moment.year <= 2099:
            raise ValueError(
                "expected local time without a zone, 1990 to 2099 | 应为不带时区的当地时间，1990 至 2099 年"
            )
        return moment
    raise ValueError(_TIME)


Local = Annotated[datetime, BeforeValidator(_local)]


class Request(BaseModel):
    """A body: what it does not know it refuses."""

    model_config = ConfigDict(extra="forbid")


def example(said: dict[str, Any]) -> ConfigDict:
    """The configuration of a body with an example in the description of the interface."""
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [said]})


class Said(BaseModel):
    """Words in both languages."""

    zh: str
    en: str
