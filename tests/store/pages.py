"""The store's files without their encryption: every page, the free ones and the log's older ones too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

from console.store.key import unlock

if TYPE_CHECKING:
    from pathlib import Path

    from console.store.encrypted_file import Layout
    from console.store.key import KeyChoice

PAGE_BYTES, LOG_HEADER_BYTES, FRAME_HEADER_BYTES = 4096, 32, 24


async def plain(folder: Path, layout: Layout, choice: KeyChoice) -> bytes:
    """Every page of a file without its encryption, the free ones too, and every page in its log, the older ones too."""
    key = (await unlock(folder, choice)).for_file(layout.name).secret
    raw = (folder / layout.name).read_bytes()
    pages = [decrypted(raw[at : at + PAGE_BYTES], at // PAGE_BYTES + 1, key) for at in range(0, len(raw), PAGE_BYTES)]
    log = folder / f"{layout.name}-wal"
    frames = log.read_bytes() if log.exists() else b""
    for at in range(LOG_HEADER_BYTES, len(frames), FRAME_HEADER_BYTES + PAGE_BYTES):
        start = at + FRAME_HEADER_BYTES
        pages.append(decrypted(frames[start : start + PAGE_BYTES], int.from_bytes(frames[at : at + 4]), key))
    return b"".join(pages)


def decrypted(page: bytes, number: int, key: bytes) -> bytes:
    """One page of the cipher's file format: at its end a nonce of 16 bytes and a tag of 16."""
    end = PAGE_BYTES - 32
    nonce = page[end : end + 16]
    counter = int.from_bytes(nonce[12:], "little") ^ number

    def streamed(data: bytes, by: bytes, count: int) -> bytes:
        block = (count & 0xFFFFFFFF).to_bytes(4, "little") + nonce[:12]
        return Cipher(algorithms.ChaCha20(by, block), mode=None).encryptor().update(data)

    once = streamed(bytes(64), key, counter)
    begin = 24 if number == 1 else 0  # the file's first bytes are its mark and its page size
    return page[:begin] + streamed(page[begin:end], once[32:], counter + 1)
