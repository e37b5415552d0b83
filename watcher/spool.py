"""Byte strings in temporary files, numbered as they come: what is seldom looked at again needs no memory."""

import os
import tempfile
from array import array
from collections import deque
from typing import IO


class Spool:
    """Byte strings numbered from 1; the oldest are dropped when nobody wants them any more, a file at a time."""

    #: Bytes in one file, about; and bytes that are gathered before they are written.
    FILE, BUFFER = 1 << 25, 1 << 18

    def __init__(self) -> None:
        self._files: deque[_File] = deque([_File(1)])
        self._next = 1

    def __len__(self) -> int:
        """Return the number of the newest one."""
        return self._next - 1

    def append(self, data: bytes) -> None:
        """Add one."""
        newest = self._files[-1]
        if newest.size >= self.FILE:
            newest.write()
            newest = _File(self._next)
            self._files.append(newest)
        newest.append(data)
        if len(newest.buffer) >= self.BUFFER:
            newest.write()
        self._next += 1

    def __getitem__(self, number: int) -> bytes:
        """Return the one of that number.

        Raises:
            KeyError: there is none, or it was dropped.
        """
        if number < self._next:
            for file in reversed(self._files):
                if file.first <= number:
                    return file.read(number)
        raise KeyError(number)

    def drop(self, before: int) -> None:
        """Drop those of smaller numbers, as far as they fill files."""
        while len(self._files) > 1 and self._files[1].first <= before:
            self._files.popleft()

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        return sum(file.size for file in self._files)


class _File:
    """One temporary file, and what is not written yet."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.buffer = bytearray()
        self._file: IO[bytes] = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  closed with the object
        self._ends, self._written = array("Q", [0]), 0

    @property
    def size(self) -> int:
        return self._ends[-1]

    def append(self, data: bytes) -> None:
        self.buffer += data
        self._ends.append(self._written + len(self.buffer))

    def write(self) -> None:
        self._file.write(self.buffer)
        self._written += len(self.buffer)
        self.buffer = bytearray()

    def read(self, number: int) -> bytes:
        start, end = self._ends[number - self.first], self._ends[number - self.first + 1]
        if start >= self._written:
            return bytes(self.buffer[start - self._written : end - self._written])
        self._file.seek(start)
        data = self._file.read(end - start)
        self._file.seek(0, os.SEEK_END)
        return data

    def __del__(self) -> None:
        self._file.close()
