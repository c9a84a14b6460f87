"""What the tests of the data source hotfile share: reading a text as a file, through the plugin host."""

from __future__ import annotations

import pytest

from alpr_core import HotlistEntry, InputError


def reader(host, folder):
    """Return what writes a file into the folder, and reads it with these options."""

    def read(content, **options):
        path = folder / "hot.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return list(host.data_source("hotfile", options).entries(path))

    return read


def plates_of(lines):
    """Return the plate of each good line, and the number of each bad one."""
    return [line.plate if isinstance(line, HotlistEntry) else line.number for line in lines]


def refusal(read, content, **options):
    """Return why a file is refused; it names the file."""
    with pytest.raises(InputError) as caught:
        read(content, **options)
    assert "hot.csv" in caught.value.message
    return caught.value.message
