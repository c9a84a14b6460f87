"""What a recipient gets: a folder with the reads, their images, and the hashes that ``sha256sum -c`` checks."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alpr_core.errors import InputError, NotFound, StoreError
from alpr_core.files import all_or_nothing, handed_over, write_private
from alpr_core.models import Hit, Read, ReadKey
from alpr_core.origins import Origin
from alpr_ledger.entry import format_time

if TYPE_CHECKING:
    from alpr_core.act import Act
    from alpr_core.store.work import Work

SUMS = "SHA256SUMS"


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """What was written: bytes in all, and the hash of the file of hashes, hexadecimal."""

    size: int
    digest: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Contents:
    """What is to leave.

    Attributes:
        reads: each as JSON has it, with the hits on it.
        images: file name to JPEG.
        dropped: origins whose fields are closed to recipients, each with the clause; they are not in ``reads``.
        from_registry: whether a value came from a motor vehicle registry.
    """

    reads: Sequence[Mapping[str, Any]]
    images: Mapping[str, bytes]
    dropped: Mapping[str, str]
    from_registry: bool

    def write(self, folder: Path, cover: Mapping[str, object]) -> Written:
        """Write the folder, whole or not at all.

        Args:
            folder: a new one.
            cover: what ``release.json`` says.

        Raises:
            InputError: there is something of this name already.
            StoreError: it cannot be written.
        """
        if folder.exists():
            raise InputError(f"{folder} is there already; name a new folder (--out)")
        files = {
            "release.json": _json({**cover, "reads": len(self.reads), "dropped": dict(self.dropped)}),
            "reads.json": _json(list(self.reads)),
            **self.images,
        }
        sums = "".join(
            f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items())
        )
        files[SUMS] = sums.encode()
        try:
            with all_or_nothing(folder):
                folder.chmod(0o2750 if folder.stat().st_mode & stat.S_ISGID else 0o700)
                mode = handed_over(folder)
                for name, data in files.items():
                    write_private(folder / name, data, replace=False)
                    (folder / name).chmod(mode)
                for inner in (path for path in folder.iterdir() if path.is_dir()):
                    inner.chmod(stat.S_IMODE(folder.stat().st_mode))
        except OSError as error:
            raise StoreError(f"{folder} cannot be written: {error.strerror}") from error
        return Written(size=sum(map(len, files.values())), digest=hashlib.sha256(sums.encode()).hexdigest())


def contents(act: Act, work: Work, keys: Iterable[ReadKey], *, with_images: bool) -> Contents:
    """Collect reads, without what the policy closes to recipients.

    Raises:
        NotFound: one of them is not there.
        InputError: what is observed here is itself closed to recipients.
        VerificationFailed: an image was changed.
    """
    policy, today = act.gate.policy, act.gate.policy.day(act.now)
    if (own := policy.closed(Origin.OWN, "release", today)) is not None:
        raise InputError(f"What is observed here is closed to recipients [{own.id}].")
    reads, images = list[Mapping[str, Any]](), dict[str, bytes]()
    dropped, from_registry = dict[str, str](), False
    for key in keys:
        read = work.reads.get(key)
        if read is None:
            raise NotFound(f"no read {key}; reads search shows the keys of what is stored")
        hits = []
        for hit in work.hits.of(key):
            origin = hit.listed.origin
            if (shut := policy.closed(origin, "release", today)) is not None:
                dropped[origin] = shut.id
                continue
            from_registry |= origin not in (Origin.OWN, Origin.NCIC) and _may_be_registry(act, origin)
            hits.append(_hit(hit))
        names = {}
        for image in work.reads.images(key) if with_images else ():
            names[image.kind] = f"images/{key.day}-{key.id}-{image.kind}.jpg"
            images[names[image.kind]] = act.images.get(image)
        reads.append({**_read(read), "images": names, "hits": hits})
    return Contents(reads=reads, images=images, dropped=dropped, from_registry=from_registry)


def _may_be_registry(act: Act, origin: str) -> bool:
    """Return whether a system's data is registry data; also of a system whose data source is installed no more."""
    system = act.systems.get(origin)
    return system is None or system.dppa


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def _read(read: Read) -> dict[str, Any]:
    position = read.position
    return {
        "read": str(read.key),
        "plate": read.plate,
        "corrected": read.corrected,
        "confidence": round(read.confidence, 4),
        "region": read.region,
        "captured_at": format_time(read.captured_at),
        "last_seen": format_time(read.last_seen),
        "camera": read.camera,
        "position": [position.latitude, position.longitude] if position else None,
    }


def _hit(hit: Hit) -> dict[str, Any]:
    listed = hit.listed
    return {
        "hotlist": hit.hotlist,
        "listed": listed.plate,
        "state": listed.state,
        "category": listed.category,
        "origin": listed.origin,
        "match": hit.match.explanation,
        "raised_at": format_time(hit.raised_at),
        "disposition": hit.disposition,
        "fields": dict(listed.fields),
    }
