"""Forms, cut into pieces anywhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.sandbox.multipart import MultipartBroken, MultipartReader, PartBegins, PartData, PartEnds

TYPE = 'multipart/form-data; boundary="b-1"'


def read(body: bytes, size: int) -> list[tuple[PartBegins, bytes]]:
    reader, parts, data, head = MultipartReader(TYPE), [], bytearray(), None
    for start in range(0, len(body), size):
        for event in reader.feed(body[start : start + size]):
            match event:
                case PartBegins():
                    head = event
                    data.clear()
                case PartData(piece):
                    data += piece
                case PartEnds():
                    assert head is not None
                    parts.append((head, bytes(data)))
    assert reader.finished
    return parts


@given(st.binary(max_size=400), st.binary(max_size=40), st.integers(1, 64))
def test_content_comes_out_as_it_went_in(file: bytes, field: bytes, size: int) -> None:
    for content in (file, file + b"\r\n--b-", b"\r\n" + file + b"\r\n"):
        body = (
            b'--b-1\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n' + field + b"\r\n--b-1\r\n"
            b'content-disposition: form-data; name="file"; filename="a%22b%0D%0A.txt"\r\n'
            b"Content-Type: text/plain\r\n\r\n" + content + b"\r\n--b-1--\r\nwhatever"
        )
        if b"\r\n--b-1" in content or b"\r\n--b-1" in field:
            continue
        assert read(body, size) == [
            (PartBegins("metadata", None, ""), field),
            (PartBegins("file", 'a"b\r\n.txt', "text/plain"), content),
        ]


def test_names_come_in_utf_8_and_in_the_extended_form() -> None:
    for told in ('filename="Übersicht 📄.txt"', "filename*=UTF-8''%C3%9Cbersicht%20%F0%9F%93%84.txt"):
        body = f'--b-1\r\nContent-Disposition: form-data; name="file"; {told}\r\n\r\n\r\n--b-1--'.encode()
        assert read(body, 7) == [(PartBegins("file", "Übersicht 📄.txt", ""), b"")]


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data", "", "multipart/mixed; boundary=b"])
def test_what_is_no_form_is_refused(content_type: str) -> None:
    with pytest.raises(MultipartBroken):
        MultipartReader(content_type)


@pytest.mark.parametrize("head", [b"Content-Type: text/plain\r\n\r\n", b"x" * 20_000])
def test_a_part_needs_a_head_that_names_it(head: bytes) -> None:
    with pytest.raises(MultipartBroken):
        list(MultipartReader(TYPE).feed(b"--b-1\r\n" + head))
