"""Watch folders are said, with what is wrong with them."""

from __future__ import annotations

from console.model.upload import FailureClass
from console.presenters.watch_texts import watch_notes
from console.services.upload_ports import Refusal, Watched

REFUSED = Refusal(path="/in/a\u202efdp.exe", kind=FailureClass.WRONG_TYPE, reason="No such type.")


def test_every_folder_has_a_line() -> None:
    well, gone = Watched(folder="/in"), Watched(folder="/away", trouble="The folder does not answer.")
    assert list(watch_notes({"b": well, "a": gone})) == [
        "Watch folder /away of a: The folder does not answer. Files in it are queued when it is back.",
        "What is put into /in is uploaded to b.",
    ]


def test_what_is_not_taken_is_said() -> None:
    one, many = (Watched(folder="/in", refused=(REFUSED,), refused_count=count) for count in (1, 1_201))
    (said,) = watch_notes({"b": one})
    assert said.startswith("What is put into /in is uploaded to b. Not taken: a")
    assert said.endswith("(No such type.)")
    assert "\u202e" not in said
    assert next(watch_notes({"b": many})).endswith("(No such type.), and 1,200 more")
