"""schematicid: the Image Factory's own schematic package, asked for text and id."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from judge.build import program
from judge.lines import Lines

__all__ = ["Answer", "Factory"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the factory makes of a schematic; `error` is empty where it takes it."""

    id: str = ""
    canonical: bytes = b""
    error: str = ""


class Factory(Lines):
    """The factory, offline."""

    def __init__(self) -> None:
        super().__init__(program("schematicid"))

    def judge(self, text: str | bytes) -> Answer:
        """Id and canonical text of the schematic `text`, or why it is refused."""
        data = text if isinstance(text, bytes) else text.encode()
        answer = self.ask({"text": base64.b64encode(data).decode()})
        return Answer(answer.get("id", ""), base64.b64decode(answer.get("canonical", "")), answer.get("error", ""))
