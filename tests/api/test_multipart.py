"""Forms with a file, read back by a parser that shares nothing with the writer."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from console.api.multipart import FilePart, Form, Part, TextPart, well_formed
from console.sandbox.multipart import MultipartReader, PartBegins, PartData, PartEnds

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300)
# A name that holds one of these as it stands can't be told from one that was escaped: browsers have the same trouble.
AMBIGUOUS = ("%22", "%0d", "%0a")


def read(form: Form, content: bytes) -> list[tuple[PartBegins, bytes]]:
    reader = MultipartReader(form.content_type)
    found: list[tuple[PartBegins, bytes]] = []
    for event in reader.feed(form.head + content + form.tail):
        match event:
            case PartBegins():
                found.append((event, b""))
            case PartData(data=data):
                found[-1] = (found[-1][0], found[-1][1] + data)
            case PartEnds():
                pass
    assert reader.finished
    return found


@given(NAMES.filter(lambda name: not any(word in name.lower() for word in AMBIGUOUS)), st.binary(max_size=200))
@example("CON", b"")
@example("a:b.", b"")
@example('say "A" & B.pdf', b"\r\n--")
@example("line\r\nContent-Type: text/html\r\n\r\n", b"")
@example("back\\slash\\", b"")
@example("gpj.\u202egnp.exe \U0001f4c4", b"")
@example("cafe\u0301 caf\u00e9", b"")
@example("\u00fc" * 150, b"")
@example("a;b=c; name=d", b"")
def test_any_name_crosses_the_wire_exactly(name: str, content: bytes) -> None:  # fault 83
    form = Form([FilePart(name="files")], file_name=name, media_type="application/pdf")
    [(part, body)] = read(form, content)
    assert (part.name, part.filename, part.media_type) == ("files", name, "application/pdf")
    assert body == content
    assert form.head.count(b"\r\n") == 4  # nothing in a name begins a line of its own


@given(st.lists(st.tuples(NAMES, st.text(st.characters(exclude_categories=["Cs"]))), max_size=4), st.integers(0, 4))
def test_fields_keep_their_order_around_the_file(fields: list[tuple[str, str]], before: int) -> None:
    texts: list[Part] = [TextPart(name=f"field{number}", value=value) for number, (_, value) in enumerate(fields)]
    parts = [*texts[:before], FilePart(), *texts[before:]]
    found = read(Form(parts, file_name="a", media_type="a/b"), b"content")
    assert [part.name for part, _body in found] == [part.name for part in parts]
    assert [body.decode() for part, body in found if part.filename is None] == [value for _, value in fields]


def test_a_field_says_what_it_is_only_when_asked_to() -> None:
    parts: list[Part] = [
        TextPart(name="a", value="{}", media_type="application/json"),
        TextPart(name="b", value="x"),
        FilePart(),
    ]
    found = read(Form(parts, file_name="a", media_type="a/b"), b"")
    assert [part.media_type for part, _body in found] == ["application/json", "", "a/b"]


def test_what_no_encoding_can_hold_is_replaced() -> None:
    assert well_formed("a\udcff\ud800b") == "a\ufffd\ufffdb"
    assert well_formed("\U0001f4c4") == "\U0001f4c4"


@pytest.mark.parametrize("parts", [[], [TextPart(name="a", value="b")], [FilePart(), FilePart()]])
def test_a_form_holds_one_file(parts: list[Part]) -> None:
    with pytest.raises(ValueError, match="one file"):
        Form(parts, file_name="a", media_type="a/b")


def test_no_two_forms_share_their_boundary() -> None:
    forms = [Form([FilePart()], file_name="a", media_type="a/b") for _ in range(2)]
    assert forms[0].content_type != forms[1].content_type
